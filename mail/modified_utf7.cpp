// Modified UTF-7 and back, see modified_utf7.hpp.
#include "mail/modified_utf7.hpp"

#include "mail/text/utf8.hpp"

namespace homespool::mail {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

bool is_plain(char32_t c) {
  return c >= 0x20 && c <= 0x7e;
}
bool is_high(char32_t unit) {
  return unit >= 0xd800 && unit < 0xdc00;
}
bool is_low(char32_t unit) {
  return unit >= 0xdc00 && unit < 0xe000;
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

} // namespace homespool::mail
