// Tokens of IMAP commands. See scanner.hpp.
#include "server/imap/grammar/scanner.hpp"

#include "mail/ascii.hpp"
#include "server/imap/wire/framing.hpp"
#include "server/imap/wire/mailbox_name.hpp"

#include <algorithm>

namespace homespool::server::imap {
namespace {

constexpr std::uint64_t kLargest = 0xffffffff;

bool is_astring_char(char c) {
  return is_atom_char(c) || c == ']';
}

void to_upper(std::string& text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c & ~0x20);
}

} // namespace

bool is_atom_char(char c) {
  if (c <= ' ' || c >= 0x7f) return false; // controls, blank, DEL; 8-bit where char is signed
  return std::string_view("(){%*\"\\]").find(c) == std::string_view::npos;
}

bool Scanner::stop(const char* sentence, ParseError::Answer answer) {
  if (failed_) return false;
  failed_ = true;
  error_.at = at_;
  error_.answer = answer;
  error_.text = sentence;
  return false;
}

bool Scanner::space() {
  if (peek() != ' ') return fail(at_end() ? "an argument is missing" : "a blank is missing");
  return skip_spaces();
}

bool Scanner::skip_spaces() {
  while (peek() == ' ') ++at_;
  return true;
}

bool Scanner::take(char c) {
  if (at_end() || text_[at_] != c) return false;
  ++at_;
  return true;
}

bool Scanner::expect(char c, const char* sentence) {
  return take(c) || fail(sentence);
}

bool Scanner::end() {
  if (failed_) return false;
  skip_spaces();
  return at_end() || fail("something follows the end of the command");
}

std::string_view Scanner::word() {
  const std::size_t begin = at_;
  while (at_ < text_.size() &&
         (mail::is_alpha(text_[at_]) || mail::is_digit(text_[at_]) || text_[at_] == '.' || text_[at_] == '-'))
    ++at_;
  return text_.substr(begin, at_ - begin);
}

bool Scanner::atom(std::string_view& out) {
  const std::size_t begin = at_;
  while (at_ < text_.size() && is_atom_char(text_[at_])) ++at_;
  out = text_.substr(begin, at_ - begin);
  return !out.empty() || fail("a word is missing");
}

bool Scanner::upper_atom(std::string& out) {
  std::string_view taken;
  if (!atom(taken)) return false;
  if (taken.size() > 100) return fail("a word is too long");
  out = taken;
  to_upper(out);
  return true;
}

bool Scanner::tag(std::string_view& out) {
  const std::size_t begin = at_;
  while (at_ < text_.size() && is_astring_char(text_[at_]) && text_[at_] != '+') ++at_;
  out = text_.substr(begin, at_ - begin);
  return !out.empty() || fail("a tag is missing");
}

bool Scanner::quoted(std::string& out) {
  ++at_;
  while (true) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' && text_[at_] != '\r' &&
           text_[at_] != '\n' && text_[at_] != '\0')
      ++at_;
    out.append(text_.substr(begin, at_ - begin));
    if (take('"')) return true;
    if (!take('\\')) return fail("a quoted string has no end, or a byte that must not be in it");
    if (peek() != '"' && peek() != '\\') return fail("only a quote or a backslash may follow a backslash");
    out.push_back(text_[at_++]);
  }
}

bool Scanner::literal(std::string& out) {
  const std::size_t newline = text_.find('\n', at_);
  if (newline == std::string_view::npos) return fail("a literal is missing");
  std::string_view line = text_.substr(at_, newline - at_);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  LiteralHeader header;
  if (!find_literal(line, header) || header.at != 0 || line.front() == '~')
    return fail("a literal is malformed");
  const std::size_t begin = newline + 1;
  if (header.size > text_.size() - begin) return fail("a literal is cut short");
  const std::string_view bytes = text_.substr(begin, static_cast<std::size_t>(header.size));
  if (bytes.find('\0') != std::string_view::npos) return fail("a literal must not hold NUL");
  out = bytes;
  at_ = begin + bytes.size();
  return true;
}

bool Scanner::string(std::string& out) {
  out.clear();
  if (peek() == '"') return quoted(out);
  if (peek() == '{') return literal(out);
  return fail("a string is missing");
}

bool Scanner::astring(std::string& out) {
  if (peek() == '"' || peek() == '{') return string(out);
  const std::size_t begin = at_;
  while (at_ < text_.size() && is_astring_char(text_[at_])) ++at_;
  out = text_.substr(begin, at_ - begin);
  return !out.empty() || fail("a word or string is missing");
}

bool Scanner::nstring(std::optional<std::string>& out) {
  if (peek() == '"' || peek() == '{') return string(out.emplace());
  std::string_view nil;
  out.reset();
  return atom(nil) && (mail::equals_ignoring_case(nil, "NIL") || fail("a string or NIL is missing"));
}

bool Scanner::decode_name(std::string wire, std::string& out) {
  if (options_->utf8) {
    if (!is_valid_utf8(wire)) return refuse("The mailbox name is not valid UTF-8");
    out = with_inbox(std::move(wire));
    return true;
  }
  auto name = from_modified_utf7(wire);
  if (!name) return refuse("The mailbox name is not valid modified UTF-7");
  out = with_inbox(std::move(*name));
  return true;
}

bool Scanner::mailbox(std::string& out) {
  std::string wire;
  return astring(wire) && decode_name(std::move(wire), out);
}

bool Scanner::list_mailbox(std::string& out) {
  std::string wire;
  if (peek() == '"' || peek() == '{') {
    if (!string(wire)) return false;
  } else {
    while (at_ < text_.size() && (is_astring_char(text_[at_]) || text_[at_] == '%' || text_[at_] == '*'))
      wire.push_back(text_[at_++]);
    if (wire.empty()) return fail("a mailbox pattern is missing");
  }
  return decode_name(std::move(wire), out);
}

bool Scanner::number(std::uint64_t& out, std::uint64_t most, const char* sentence) {
  const std::size_t begin = at_;
  out = 0;
  while (at_ < text_.size() && mail::is_digit(text_[at_])) {
    const auto digit = static_cast<std::uint64_t>(text_[at_] - '0');
    if (out > (most - digit) / 10) return fail(sentence);
    out = out * 10 + digit;
    ++at_;
  }
  return at_ > begin || fail(sentence);
}

bool Scanner::sequence_number(std::uint32_t& out) {
  if (take('*')) {
    out = SequenceSet::kStar;
    return true;
  }
  constexpr const char* kSentence = "a message number is missing or too large";
  std::uint64_t value = 0;
  if (!number(value, kLargest, kSentence)) return false;
  if (value == 0) return fail("message numbers begin with 1");
  // 2^32 - 1 stands for "*" in SequenceSet, and is as little a message's number as the one before it.
  out = static_cast<std::uint32_t>(std::min<std::uint64_t>(value, SequenceSet::kStar - 1));
  return true;
}

bool Scanner::sequence_set(SequenceSet& out) {
  do {
    SequenceSet::Range range;
    if (out.ranges.size() == limits().ranges) return fail("too many message numbers");
    if (!sequence_number(range.first)) return false;
    range.last = range.first;
    if (take(':') && !sequence_number(range.last)) return false;
    out.ranges.push_back(range);
  } while (take(','));
  return true;
}

bool Scanner::flag(spool::FlagNames& out, bool& recent) {
  const std::size_t begin = at_;
  const bool system = take('\\');
  std::string_view name;
  if (!atom(name)) return false;
  if (system) {
    const auto bit = spool::system_flag(text_.substr(begin, name.size() + 1));
    if (bit) out.system |= *bit;
    if (!bit && !mail::equals_ignoring_case(name, "Recent")) return fail("there is no such system flag");
    recent = recent || !bit;
    return true;
  }
  if (name.size() > limits().keyword) return refuse("A keyword is too long");
  const auto same = [name](const std::string& known) { return mail::equals_ignoring_case(known, name); };
  if (std::any_of(out.keywords.begin(), out.keywords.end(), same)) return true;
  if (out.keywords.size() >= spool::Flags::kMaxKeywords) return refuse("Too many keywords");
  out.keywords.emplace_back(name);
  return true;
}

bool Scanner::flag_list(spool::FlagNames& out, bool& recent) {
  return list(true, [&] { return flag(out, recent); });
}

bool Scanner::final_literal(std::uint64_t& size, bool& literal8) {
  LiteralHeader header;
  const std::string_view rest = text_.substr(at_);
  if (!find_literal(rest, header) || header.at != 0) return fail("the message must follow as a literal");
  literal8 = rest.front() == '~';
  size = header.size;
  at_ = text_.size();
  return true;
}

} // namespace homespool::server::imap
