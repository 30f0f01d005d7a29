// When are two messages the same? When their bytes are equal but for the header lines that servers rewrite
// (Status, X-Status, X-UIDL, X-Mozilla-Status*).
//
// The hash (spool/checksum.hpp) only finds candidates; this decides. Threads: pure but for the reads of the
// sources.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace homespool::spool::index {

// A message that can be read by position.
struct Content {
  std::uint64_t size = 0;
  std::uint64_t header_size = 0; // up to and with the empty line
  std::function<boost::system::error_code(std::uint64_t offset, std::span<char> into)> read;
};

// A header block without the lines that are ignored (with their continuations).
std::string without_ignored_fields(std::string_view header);

// What cannot be read is not the same: a second copy is better than none.
bool same_content(const Content& a, const Content& b);
// By the rule for two accounts (spool/incoming/likeness.hpp).
bool alike(const Content& a, const Content& b);

} // namespace homespool::spool::index
