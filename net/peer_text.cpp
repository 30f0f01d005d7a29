#include "net/peer_text.hpp"

#include <array>
#include <cstdint>

namespace homespool::net {
namespace {

// Bytes of the UTF-8 character at the start of `text`; 0 when there is none (RFC 3629).
std::size_t character_size(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) {
    return 1;
  }
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) {
    return 0;
  }
  std::uint32_t code = lead & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0U) != 0x80) {
      return 0;
    }
    code = (code << 6U) | (byte & 0x3fU);
  }
  constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    return 0;
  }
  return size;
}

std::string escaped(char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  return {'\\', 'x', kDigits[value >> 4U], kDigits[value & 15U]};
}

bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) {
    return first < 0x20 || first == 0x7f;
  }
  return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

} // namespace

std::string peer_text(std::string_view words, std::size_t limit) {
  std::string out;
  while (!words.empty()) {
    const std::size_t size = character_size(words);
    const std::string_view character = words.substr(0, size == 0 ? 1 : size);
    std::string piece(character);
    if (size == 0 || is_control(character)) {
      piece.clear();
      for (const char byte : character) {
        piece += escaped(byte);
      }
    }
    if (out.size() + piece.size() > limit) {
      break;
    }
    out += piece;
    words.remove_prefix(character.size());
  }
  return out;
}

} // namespace homespool::net
