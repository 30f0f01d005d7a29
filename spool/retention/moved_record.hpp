// Gives a record another place in the packs: its bytes, checked or brought anew, and what it says about
// itself.
//
// Threads: the writer's, within its transaction.
#pragma once

#include "spool/store/books.hpp"

namespace homespool::spool {

struct PlacedRecord {
  RecordId id;
  Location at;
  std::uint64_t header_size = 0, header_sum = 0;
};
// Those of a pack in order, from this offset on.
std::vector<PlacedRecord> records_of(Books& books, std::uint32_t pack, std::uint64_t from, std::size_t limit);

std::optional<PlacedRecord> find_record(Books& books, RecordId record);

// What it says about itself where it lies, or, if that cannot be read, what the index knows.
RecordInfo info_of(Books& books, const PlacedRecord& record);
// Its bytes lie there now; the place it had is dead space.
void note_place(Books& books, const PlacedRecord& record, const Location& now);

// To the pack that is written to; the place it had is dead space. bad_record when its bytes are not whole.
Result<Location> move_record(Books& books, const PlacedRecord& record);

} // namespace homespool::spool
