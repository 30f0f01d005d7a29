// What every fuzz target is made of: its input as text, and a claim that must hold.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <string_view>

namespace homespool::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

inline std::string_view text_of(const unsigned char* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

} // namespace homespool::fuzz
