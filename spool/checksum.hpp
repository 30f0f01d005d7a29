// Checksums of the bytes in packs, and the hash by which equal messages are known.
//
// For: packs and Incoming. Not for: secrets and signatures; XXH3 tells damage and chance, not a forger who
// knows the seed. Threads: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace homespool::spool {

// Bodies are checked in blocks of this size.
constexpr std::uint64_t kChecksumBlock = 64 << 10;

// Of any bytes; the seed ties them to their place.
std::uint64_t checksum(std::string_view bytes, std::uint64_t seed);

struct ContentHash {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const ContentHash&) const = default;
};

// Of a message in wire form, without the Status, X-Status, X-UIDL and X-Mozilla-Status* header lines, which
// servers rewrite between two fetches. `header_size` is up to and with the empty line.
ContentHash content_hash(std::string_view message, std::size_t header_size, std::uint64_t seed);

} // namespace homespool::spool
