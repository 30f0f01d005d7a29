#include "mail/text/transfer_encoding.hpp"

#include "mail/ascii.hpp"

#include <array>
#include <cstdint>

namespace homespool::mail {

namespace {

constexpr std::uint8_t kPad = 64;
constexpr std::uint8_t kSkip = 65;

constexpr std::array<std::uint8_t, 256> kBase64 = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(kSkip);
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}();

// The whole bytes that are in `bits` after `digits` base64 digits.
void flush(std::string& out, std::uint32_t bits, int digits) {
  if (digits >= 2) out.push_back(static_cast<char>(bits >> (6 * digits - 8)));
  if (digits >= 3) out.push_back(static_cast<char>(bits >> (6 * digits - 16)));
  if (digits >= 4) out.push_back(static_cast<char>(bits));
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The byte that "=XY" at `at` stands for, or -1.
int escaped_byte(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size()) return -1;
  const int high = hex_digit(text[at + 1]);
  const int low = hex_digit(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// The bytes of a soft line break at `at`: '=', blanks, line end (or the end of the text). 0 if there is none.
std::size_t soft_break(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && is_blank(text[end])) ++end;
  if (end < text.size() && text[end] == '\r') ++end;
  if (end == text.size()) return end - at;
  return text[end] == '\n' ? end + 1 - at : 0;
}

} // namespace

std::string decode_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  int digits = 0;
  for (const char c : text) {
    const std::uint8_t value = kBase64[static_cast<unsigned char>(c)];
    if (value == kSkip) continue;
    if (value != kPad) {
      bits = bits << 6 | value;
      if (++digits < 4) continue;
    }
    flush(out, bits, digits);
    bits = 0;
    digits = 0;
  }
  flush(out, bits, digits);
  return out;
}

std::string decode_quoted_printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t equals = std::min(text.find('=', at), text.size());
    out.append(text.substr(at, equals - at));
    at = equals;
    if (at == text.size()) break;
    if (const int byte = escaped_byte(text, at); byte >= 0) {
      out.push_back(static_cast<char>(byte));
      at += 3;
    } else if (const std::size_t skip = soft_break(text, at); skip > 0) {
      at += skip;
    } else {
      out.push_back(text[at++]);
    }
  }
  return out;
}

std::string decode_q(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int byte = text[at] == '=' ? escaped_byte(text, at) : -1;
    if (byte >= 0) at += 2;
    out.push_back(byte >= 0 ? static_cast<char>(byte) : text[at] == '_' ? ' ' : text[at]);
  }
  return out;
}

} // namespace homespool::mail
