// What a finished Incoming holds: incoming.cpp fills it, the writer thread commits it.
//
// Not for: anyone outside the spool. Threads: as Incoming, one owner at a time.
#pragma once

#include "spool/checksum.hpp"
#include "spool/incoming/incoming.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace homespool::spool {

struct Incoming::State {
  virtual ~State() = default;
  // From anywhere within the body, in memory or in the file; exactly into.size() bytes.
  virtual boost::system::error_code read(std::uint64_t offset, std::span<char> into) const = 0;

  std::string memory;         // the whole body in wire form, when `file` is empty
  std::filesystem::path file; // else it lies here, with header room and trailer, ready for PackWriter::adopt
  std::uint64_t size = 0;
  bool finished = false;
  // From finish() on:
  std::uint32_t header_size = 0; // up to and with the empty line
  std::uint64_t header_sum = 0;  // checksum of these bytes, so that they can be read alone
  mail::Structure structure;
  ContentHash hash;                      // equal for equal messages of this spool
  std::optional<std::uint64_t> likeness; // spool/incoming/likeness.hpp
};

} // namespace homespool::spool
