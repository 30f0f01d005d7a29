// Numbers as bytes in the blocks of search.db: variable length, little endian first; and the checksum that
// ends every block.
//
// Reading is total: what is cut off or overlong gives nothing. Threads: pure functions.
#pragma once

#include "spool/checksum.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace homespool::spool::search {

inline void put_number(std::string& out, std::uint64_t number) {
  while (number >= 0x80) {
    out.push_back(static_cast<char>(number | 0x80));
    number >>= 7;
  }
  out.push_back(static_cast<char>(number));
}

// Takes a number off the front of `in`.
inline std::optional<std::uint64_t> take_number(std::string_view& in) {
  std::uint64_t number = 0;
  for (unsigned i = 0; i < 10 && i < in.size(); ++i) {
    const auto byte = static_cast<unsigned char>(in[i]);
    number |= std::uint64_t{byte & 0x7fU} << (7 * i);
    if (byte < 0x80) {
      in.remove_prefix(i + 1);
      return number;
    }
  }
  return std::nullopt;
}

inline std::optional<std::string_view> take_bytes(std::string_view& in, std::uint64_t size) {
  if (size > in.size()) return std::nullopt;
  const std::string_view bytes = in.substr(0, size);
  in.remove_prefix(size);
  return bytes;
}

// Eight bytes behind a block. `seed` ties it to its place in this very spool.
inline void seal(std::string& block, std::uint64_t seed) {
  const std::uint64_t sum = checksum(block, seed);
  std::array<char, 8> bytes{};
  std::memcpy(bytes.data(), &sum, bytes.size());
  block.append(bytes.data(), bytes.size());
}

// What was sealed; nothing when a bit is not as it was.
inline std::optional<std::string_view> unseal(std::string_view block, std::uint64_t seed) {
  std::uint64_t sum = 0;
  if (block.size() < sizeof sum) return std::nullopt;
  std::memcpy(&sum, block.data() + block.size() - sizeof sum, sizeof sum);
  block.remove_suffix(sizeof sum);
  if (checksum(block, seed) != sum) return std::nullopt;
  return block;
}

} // namespace homespool::spool::search
