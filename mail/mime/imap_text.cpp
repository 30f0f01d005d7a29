#include "mail/mime/imap_text.hpp"

#include "mail/ascii.hpp"
#include "mail/header.hpp"

#include <array>
#include <charconv>

namespace homespool::mail {

namespace {

// Stand-ins for what an address lacks: NIL there would read as a group.
constexpr std::string_view kNoMailbox = "MISSING_MAILBOX";
constexpr std::string_view kNoHost = "MISSING_DOMAIN";

enum class Form { plain, escaped, literal };

Form form_of(std::string_view text) {
  Form form = Form::plain;
  for (const char c : text) {
    if (c == '\r' || c == '\n' || c == '\0' || is_8bit(c)) return Form::literal;
    if (c == '"' || c == '\\') form = Form::escaped;
  }
  return form;
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
}

void append_literal(std::string& out, std::string_view text) {
  out.push_back('{');
  append_number(out, text.size());
  out.append("}\r\n");
  for (const char c : text) out.push_back(c == '\0' ? '\x80' : c);
}

void append_or_nil(std::string& out, std::string_view text) {
  if (text.empty())
    append_nil(out);
  else
    append_string(out, text);
}

void append_address(std::string& out, const Address& address) {
  const bool mailbox = address.kind == Address::Kind::mailbox;
  out.push_back('(');
  append_or_nil(out, join_blanks(address.name));
  out.push_back(' ');
  append_or_nil(out, address.route);
  out.push_back(' ');
  if (address.kind == Address::Kind::group_end)
    append_nil(out);
  else if (address.mailbox.empty() && mailbox)
    append_string(out, kNoMailbox);
  else
    append_string(out, address.mailbox);
  out.push_back(' ');
  if (!mailbox)
    append_nil(out);
  else
    append_string(out, address.host.empty() ? kNoHost : std::string_view(address.host));
  out.push_back(')');
}

std::string address_list(std::span<const std::string_view> values, const Limits& limits) {
  std::string out;
  std::size_t left = limits.addresses;
  for (const std::string_view value : values) {
    Limits rest = limits;
    rest.addresses = left;
    const std::vector<Address> addresses = parse_addresses(value, rest);
    for (const Address& address : addresses) append_address(out, address);
    left -= std::min(left, addresses.size());
  }
  return out;
}

void append_list(std::string& out, const std::string& addresses) {
  if (addresses.empty()) return append_nil(out);
  out.push_back('(');
  out.append(addresses);
  out.push_back(')');
}

} // namespace

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_nil(std::string& out) {
  out.append("NIL");
}

void append_string(std::string& out, std::string_view text) {
  const Form form = form_of(text);
  if (form == Form::literal) return append_literal(out, text);
  out.push_back('"');
  if (form == Form::plain)
    out.append(text);
  else
    append_escaped(out, text);
  out.push_back('"');
}

void append_field(std::string& out, const std::optional<std::string_view>& value) {
  if (!value) return append_nil(out);
  if (value->find('\n') == std::string_view::npos) return append_string(out, trim_spaces(*value));
  append_string(out, unfold(*value));
}

void append_envelope(std::string& out, const EnvelopeFields& fields, const Limits& limits) {
  out.push_back('(');
  append_field(out, fields.date);
  out.push_back(' ');
  if (fields.subject)
    append_string(out, unfold_text(*fields.subject));
  else
    append_nil(out);
  const std::string from = address_list(fields.from, limits);
  for (const auto* field :
       {&fields.from, &fields.sender, &fields.reply_to, &fields.to, &fields.cc, &fields.bcc}) {
    out.push_back(' ');
    const std::string list = field == &fields.from ? from : address_list(*field, limits);
    const bool like_from = field == &fields.sender || field == &fields.reply_to;
    append_list(out, list.empty() && like_from ? from : list);
  }
  out.push_back(' ');
  append_field(out, fields.in_reply_to);
  out.push_back(' ');
  append_field(out, fields.message_id);
  out.push_back(')');
}

} // namespace homespool::mail
