#include "mail/text/utf8.hpp"

#include <cstdint>
#include <cstring>
#include <unicode/utf8.h>

namespace homespool::mail {

std::size_t ascii_prefix(std::string_view bytes) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    if ((word & kHighBits) != 0) break;
  }
  while (at < bytes.size() && static_cast<unsigned char>(bytes[at]) < 0x80) ++at;
  return at;
}

namespace {

// The code point at `at`, which moves past it; negative when ill-formed. Never reads past the end.
UChar32 next_code_point(std::string_view bytes, std::size_t& at) {
  const char* window = bytes.data() + at;
  const int32_t size = static_cast<int32_t>(std::min<std::size_t>(bytes.size() - at, 4));
  int32_t used = 0;
  UChar32 code_point = 0;
  U8_NEXT(window, used, size, code_point);
  at += static_cast<std::size_t>(used);
  return code_point;
}

} // namespace

bool is_valid_utf8(std::string_view bytes) {
  for (std::size_t at = ascii_prefix(bytes); at < bytes.size(); at += ascii_prefix(bytes.substr(at))) {
    if (next_code_point(bytes, at) < 0) return false;
  }
  return true;
}

std::string repair_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t plain = ascii_prefix(bytes.substr(at));
    out.append(bytes.substr(at, plain));
    at += plain;
    if (at == bytes.size()) break;
    const std::size_t begin = at;
    if (next_code_point(bytes, at) < 0)
      append_utf8(out, kReplacement);
    else
      out.append(bytes.substr(begin, at - begin));
  }
  return out;
}

void append_utf8(std::string& out, char32_t code_point) {
  if (code_point > 0x10ffff || (code_point >= 0xd800 && code_point < 0xe000)) code_point = kReplacement;
  char bytes[4]; // NOLINT(modernize-avoid-c-arrays): what the macro takes
  std::size_t size = 0;
  U8_APPEND_UNSAFE(bytes, size, code_point);
  out.append(bytes, size);
}

} // namespace homespool::mail
