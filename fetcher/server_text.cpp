#include "fetcher/server_text.hpp"

#include <cstdint>

namespace homespool::fetcher {
namespace {

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The length of the UTF-8 character that `text` begins with, 0 when it is none (RFC 3629) or a C1 control.
std::size_t utf8_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[i])) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  const bool control = first == 0xC2 && second < 0xA0;
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool outside = (first == 0xED && second >= 0xA0) || (first == 0xF4 && second >= 0x90);
  return control || overlong || outside ? 0 : length;
}

std::string escaped(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return {'\\', 'x', kDigits[byte >> 4U], kDigits[byte & 15U]};
}

} // namespace

std::string shown(std::string_view bytes, std::size_t limit) {
  std::string out;
  while (!bytes.empty()) {
    const auto first = static_cast<unsigned char>(bytes[0]);
    const bool plain = first >= 0x20 && first < 0x7F;
    const std::size_t length = plain ? 1 : utf8_length(bytes);
    const std::string piece = length > 0 ? std::string(bytes.substr(0, length)) : escaped(bytes[0]);
    if (out.size() + piece.size() > limit) break;
    out += piece;
    bytes.remove_prefix(length > 0 ? length : 1);
  }
  return out;
}

} // namespace homespool::fetcher
