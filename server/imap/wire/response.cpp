// Strings, flags and mailbox lines of responses. See response.hpp.
#include "server/imap/wire/response.hpp"

#include "server/imap/grammar/scanner.hpp"
#include "server/imap/wire/mailbox_name.hpp"

#include <bit>
#include <charconv>

namespace homespool::server::imap {
namespace {

constexpr std::size_t kLongestQuoted = 1000; // longer strings go as literals, which no client has to unescape

bool may_be_quoted(std::string_view text) {
  if (text.size() > kLongestQuoted) return false;
  for (const char c : text)
    if (c == '\r' || c == '\n' || c == '\0' || static_cast<unsigned char>(c) >= 0x80) return false;
  return true;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

// Flag names, each with a blank behind it.
void append_flag_names(std::string& out, spool::Flags flags, const std::vector<std::string>& keywords) {
  using spool::Flags;
  if (flags.bits == 0) return;
  if (flags.has(Flags::kSeen)) out += "\\Seen ";
  if (flags.has(Flags::kAnswered)) out += "\\Answered ";
  if (flags.has(Flags::kFlagged)) out += "\\Flagged ";
  if (flags.has(Flags::kDeleted)) out += "\\Deleted ";
  if (flags.has(Flags::kDraft)) out += "\\Draft ";
  for (std::uint64_t left = flags.bits >> Flags::kFirstKeyword; left != 0; left &= left - 1) {
    const auto bit = static_cast<std::size_t>(std::countr_zero(left));
    if (bit >= keywords.size()) return;
    out += keywords[bit];
    out += ' ';
  }
}

std::string_view status_name(command::StatusItem item) {
  using Item = command::StatusItem;
  switch (item) {
  case Item::messages:
    return "MESSAGES";
  case Item::recent:
    return "RECENT";
  case Item::uidnext:
    return "UIDNEXT";
  case Item::uidvalidity:
    return "UIDVALIDITY";
  case Item::unseen:
    return "UNSEEN";
  case Item::size:
    return "SIZE";
  case Item::deleted:
    return "DELETED";
  case Item::highestmodseq:
    return "HIGHESTMODSEQ";
  case Item::appendlimit:
    return "APPENDLIMIT";
  }
  return {};
}

std::uint64_t status_value(command::StatusItem item, const spool::MailboxCounts& counts,
                           std::uint64_t append_limit) {
  using Item = command::StatusItem;
  switch (item) {
  case Item::messages:
    return counts.messages;
  case Item::recent:
    return counts.recent;
  case Item::uidnext:
    return counts.uidnext.value;
  case Item::uidvalidity:
    return counts.uidvalidity;
  case Item::unseen:
    return counts.unseen;
  case Item::size:
    return counts.bytes;
  case Item::deleted:
    return counts.deleted;
  case Item::highestmodseq:
    return counts.highest_modseq.value;
  case Item::appendlimit:
    return append_limit;
  }
  return 0;
}

} // namespace

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_string(std::string& out, std::string_view text) {
  if (may_be_quoted(text)) return append_quoted(out, text);
  out += '{';
  append_number(out, text.size());
  out += "}\r\n";
  for (const char c : text) out += c == '\0' ? '\x80' : c;
}

void append_nstring(std::string& out, const std::string* text) {
  if (text != nullptr)
    append_string(out, *text);
  else
    out += "NIL";
}

void append_mailbox(std::string& out, std::string_view name, bool utf8) {
  if (utf8 && is_valid_utf8(name) && name.find_first_of(std::string_view("\r\n\0", 3)) == name.npos)
    return append_quoted(out, name);
  const std::string wire = to_modified_utf7(name);
  const bool plain = !wire.empty() && wire != "NIL" && std::all_of(wire.begin(), wire.end(), is_atom_char);
  if (plain)
    out += wire;
  else
    append_string(out, wire);
}

void append_flags(std::string& out, spool::Flags flags, const std::vector<std::string>& keywords,
                  bool recent) {
  out += '(';
  append_flag_names(out, flags, keywords);
  if (recent) out += "\\Recent ";
  if (out.back() == ' ')
    out.back() = ')';
  else
    out += ')';
}

void append_flags_line(std::string& out, const FlagsLine& line, const std::vector<std::string>& keywords) {
  out += "* ";
  append_number(out, line.number);
  out += " FETCH (";
  if (line.uid) {
    out += "UID ";
    append_number(out, line.uid->value);
    out += ' ';
  }
  out += "FLAGS ";
  append_flags(out, line.flags, keywords, line.recent);
  if (line.modseq) {
    out += " MODSEQ (";
    append_number(out, line.modseq->value);
    out += ')';
  }
  out += ")\r\n";
}

void append_list_line(std::string& out, const ListLine& line, bool utf8) {
  using Kind = command::List::Kind;
  out += line.kind == Kind::list ? "* LIST (" : line.kind == Kind::lsub ? "* LSUB (" : "* XLIST (";
  for (const auto attribute : line.attributes) {
    out += attribute;
    out += ' ';
  }
  if (out.back() == ' ') out.pop_back();
  out += ") \"";
  out += kSeparator;
  out += "\" ";
  append_mailbox(out, line.name, utf8);
  if (line.child_info) out += " (\"CHILDINFO\" (\"SUBSCRIBED\"))";
  out += "\r\n";
}

void append_status_line(std::string& out, std::string_view name, const spool::MailboxCounts& counts,
                        std::span<const command::StatusItem> items, std::uint64_t append_limit, bool utf8) {
  out += "* STATUS ";
  append_mailbox(out, name, utf8);
  out += " (";
  for (const auto item : items) {
    if (out.back() != '(') out += ' ';
    out += status_name(item);
    out += ' ';
    append_number(out, status_value(item, counts, append_limit));
  }
  out += ")\r\n";
}

std::string number_set(std::span<const std::uint32_t> rising) {
  std::string out;
  for (std::size_t i = 0; i < rising.size();) {
    std::size_t last = i;
    while (last + 1 < rising.size() && rising[last + 1] == rising[last] + 1) ++last;
    if (!out.empty()) out += ',';
    append_number(out, rising[i]);
    if (last > i) {
      out += ':';
      append_number(out, rising[last]);
    }
    i = last + 1;
  }
  return out;
}

std::string safe_text(std::string_view text, std::size_t limit) {
  std::string out(text.substr(0, limit));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
  return out;
}

} // namespace homespool::server::imap
