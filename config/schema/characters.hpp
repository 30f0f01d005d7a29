// Characters of the settings file: UTF-8, control characters, and how foreign text is shown in a sentence.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace homespool::config::schema {

// C0 controls and DEL.
constexpr bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// The same, and the C1 controls in UTF-8.
bool has_control(std::string_view text);

// Length in bytes of the longest valid UTF-8 start of `text` (no overlong forms, no surrogates).
std::size_t valid_utf8_prefix(std::string_view text);

// Characters of valid UTF-8; bytes that continue one are not counted.
std::size_t count_characters(std::string_view text);

// Text from the file for a sentence: control characters as \x1b, cut (between characters) at `most` bytes.
std::string escaped(std::string_view text, std::size_t most = 80);

// The same between single quotes.
std::string in_quotes(std::string_view text);

} // namespace homespool::config::schema
