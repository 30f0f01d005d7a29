// Checksums of what the index keeps of a record and never changes, so that a flipped bit in the index shows
// wrong bytes no more than one in a pack does.
//
// Kept beside the row (`record.sum`, `structure.sum`); 0: written before there were any, not checked. Not
// for: where a record lies, which its checksums in the pack tell. Threads: pure functions.
#pragma once

#include "spool/ids.hpp"

#include <cstdint>
#include <string_view>

namespace homespool::spool::index {

struct RecordFacts {
  RecordId record;
  std::uint64_t size = 0;
  std::uint64_t header_size = 0;
  std::uint64_t header_sum = 0;
  bool has_nul = false;
};
std::int64_t row_sum(const RecordFacts& facts);

// The columns of `structure` as they are stored.
struct StructureColumns {
  std::string_view envelope, body, bodystructure, parts;
};
std::int64_t row_sum(RecordId record, const StructureColumns& columns);

inline bool sum_holds(std::int64_t kept, std::int64_t computed) {
  return kept == 0 || kept == computed;
}

} // namespace homespool::spool::index
