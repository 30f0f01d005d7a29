// UTF-8 as such: is it valid, and made valid. Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace homespool::mail {

inline constexpr char32_t kReplacement = 0xfffd;

// Length of the ASCII run at the start of `bytes`.
std::size_t ascii_prefix(std::string_view bytes);
bool is_valid_utf8(std::string_view bytes);
// Each ill-formed sequence becomes U+FFFD.
std::string repair_utf8(std::string_view bytes);
// What is no scalar value becomes U+FFFD.
void append_utf8(std::string& out, char32_t code_point);

} // namespace homespool::mail
