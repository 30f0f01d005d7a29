// Modified UTF-7 and back; INBOX; wildcards. See mailbox_name.hpp.
#include "server/imap/wire/mailbox_name.hpp"

#include "mail/ascii.hpp"

#include <vector>

namespace homespool::server::imap {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
constexpr char32_t kReplacement = 0xfffd;

bool is_plain(char32_t c) {
  return c >= 0x20 && c <= 0x7e;
}
bool is_high(char32_t unit) {
  return unit >= 0xd800 && unit < 0xdc00;
}
bool is_low(char32_t unit) {
  return unit >= 0xdc00 && unit < 0xe000;
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xc0 | (c >> 6));
  } else {
    if (c < 0x10000) {
      put(0xe0 | (c >> 12));
    } else {
      put(0xf0 | (c >> 18));
      put(0x80 | ((c >> 12) & 0x3f));
    }
    put(0x80 | ((c >> 6) & 0x3f));
  }
  put(0x80 | (c & 0x3f));
}

// The character at `at`, which moves past it; nothing (and one byte further) when the bytes are no UTF-8.
std::optional<char32_t> next_character(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80) return lead;
  const unsigned more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  if (lead < 0xc2 || lead > 0xf4 || at + more > text.size()) return std::nullopt;
  char32_t c = lead & (0x3fU >> more);
  for (unsigned i = 0; i < more; ++i) {
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if ((byte & 0xc0) != 0x80) return std::nullopt;
    c = (c << 6) | (byte & 0x3f);
  }
  constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  if (c < kLeast[more] || c > 0x10ffff || is_high(c) || is_low(c)) return std::nullopt;
  at += more;
  return c;
}

// The base64 between '&' and '-', as UTF-16, in UTF-8. False: not as the RFC has it.
bool decode_shifted(std::string_view base64, std::string& out) {
  std::uint32_t bits = 0;
  unsigned count = 0;
  char32_t high = 0;
  for (const char c : base64) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return false;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 16) continue;
    count -= 16;
    const char32_t unit = (bits >> count) & 0xffff;
    bits &= (1U << count) - 1;
    if (high != 0) {
      if (!is_low(unit)) return false;
      append_utf8(out, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
      high = 0;
    } else if (is_high(unit)) {
      high = unit;
    } else {
      if (is_low(unit) || is_plain(unit) || unit == 0) return false;
      append_utf8(out, unit);
    }
  }
  return high == 0 && count < 6 && bits == 0;
}

// Gathers UTF-16 units into base64.
class Shift {
 public:
  explicit Shift(std::string& out) : out_(out) {}
  void put(char32_t c) {
    if (!open_) out_.push_back('&');
    open_ = true;
    if (c < 0x10000) return unit(c);
    unit(0xd800 + ((c - 0x10000) >> 10));
    unit(0xdc00 + ((c - 0x10000) & 0x3ff));
  }
  void close() {
    if (!open_) return;
    if (count_ > 0) out_.push_back(kAlphabet[(bits_ << (6 - count_)) & 0x3f]);
    out_.push_back('-');
    open_ = false;
    bits_ = count_ = 0;
  }

 private:
  void unit(char32_t value) {
    bits_ = (bits_ << 16) | static_cast<std::uint32_t>(value);
    for (count_ += 16; count_ >= 6;) {
      count_ -= 6;
      out_.push_back(kAlphabet[(bits_ >> count_) & 0x3f]);
    }
    bits_ &= (1U << count_) - 1;
  }

  std::string& out_;
  std::uint32_t bits_ = 0;
  unsigned count_ = 0;
  bool open_ = false;
};

bool starts_with_inbox(std::string_view name) {
  return name.size() >= 5 && mail::equals_ignoring_case(name.substr(0, 5), "INBOX") &&
         (name.size() == 5 || name[5] == kSeparator);
}

bool level_can_be_created(std::string_view level) {
  return !level.empty() && level != "." && level != "..";
}

// "**" and "*%" say no more than "*"; without them a pattern that can match is at most twice the name.
std::string without_doubled_wildcards(std::string_view pattern) {
  std::string out;
  for (const char c : pattern) {
    const bool after_star = !out.empty() && out.back() == '*';
    const bool after_percent = !out.empty() && out.back() == '%';
    if ((c == '*' || c == '%') && (after_star || (after_percent && c == '%'))) continue;
    if (c == '*' && after_percent) out.pop_back();
    out.push_back(c);
  }
  return out;
}

} // namespace

std::optional<std::string> from_modified_utf7(std::string_view wire) {
  std::string out;
  bool just_shifted = false;
  for (std::size_t at = 0; at < wire.size(); ++at) {
    const char c = wire[at];
    if (c != '&') {
      if (!is_plain(static_cast<unsigned char>(c))) return std::nullopt;
      out.push_back(c);
      just_shifted = false;
      continue;
    }
    const std::size_t end = wire.find('-', at);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view base64 = wire.substr(at + 1, end - at - 1);
    if (base64.empty())
      out.push_back('&');
    else if (just_shifted || !decode_shifted(base64, out))
      return std::nullopt;
    just_shifted = !base64.empty();
    at = end;
  }
  return out;
}

std::string to_modified_utf7(std::string_view utf8) {
  std::string out;
  Shift shift(out);
  for (std::size_t at = 0; at < utf8.size();) {
    const char32_t c = next_character(utf8, at).value_or(kReplacement);
    if (!is_plain(c)) {
      shift.put(c);
      continue;
    }
    shift.close();
    out.push_back(static_cast<char>(c));
    if (c == '&') out.push_back('-');
  }
  shift.close();
  return out;
}

std::string with_inbox(std::string name) {
  if (starts_with_inbox(name)) name.replace(0, 5, "INBOX");
  return name;
}

bool is_valid_utf8(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();)
    if (!next_character(bytes, at)) return false;
  return true;
}

bool can_be_created(std::string_view utf8) {
  constexpr std::size_t kBytes = 1000;
  constexpr std::size_t kLevels = 50;
  if (utf8.size() > kBytes || !is_valid_utf8(utf8)) return false;
  for (const char c : utf8)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '*' || c == '%') return false;
  std::size_t levels = 0;
  while (true) {
    const std::size_t end = utf8.find(kSeparator);
    if (!level_can_be_created(utf8.substr(0, end)) || ++levels > kLevels) return false;
    if (end == std::string_view::npos) return true;
    utf8.remove_prefix(end + 1);
  }
}

bool list_matches(std::string_view written, std::string_view name) {
  const std::string pattern = without_doubled_wildcards(written);
  if (pattern.size() > 2 * name.size() + 1) return false;
  const std::size_t any_case = starts_with_inbox(name) ? 5 : 0;
  // reach[p]: the name so far is matched by the first p characters of the pattern.
  std::vector<char> reach(pattern.size() + 1, 0);
  const auto through_wildcards = [&] {
    for (std::size_t p = 0; p < pattern.size(); ++p)
      if (reach[p] != 0 && (pattern[p] == '*' || pattern[p] == '%')) reach[p + 1] = 1;
  };
  reach[0] = 1;
  through_wildcards();
  for (std::size_t n = 0; n < name.size(); ++n) {
    for (std::size_t p = pattern.size() + 1; p-- > 0;) {
      const bool stay = p < pattern.size() && reach[p] != 0 &&
                        (pattern[p] == '*' || (pattern[p] == '%' && name[n] != kSeparator));
      bool step = p > 0 && reach[p - 1] != 0 && pattern[p - 1] != '*' && pattern[p - 1] != '%';
      if (step)
        step = pattern[p - 1] == name[n] ||
               (n < any_case && mail::ascii_lower(pattern[p - 1]) == mail::ascii_lower(name[n]));
      reach[p] = stay || step ? 1 : 0;
    }
    through_wildcards();
  }
  return reach[pattern.size()] != 0;
}

} // namespace homespool::server::imap
