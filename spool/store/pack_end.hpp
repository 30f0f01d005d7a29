// Up to where places in packs were given out. Rows of records that are given up go, the numbers of packs are
// never used again all the same: a backup knows a pack by its number.
//
// Threads: the writer's, and before it runs.
#pragma once

#include "spool/store/books.hpp"

namespace homespool::spool {

PackWriter::End end_of_packs(index::Database& database);
// To be called in each transaction that takes rows of records away or gives them another place.
void note_end_of_packs(Books& books);
// After a rebuild: all numbers up to `pack` and `single` were given out, and writing goes on in a new pack.
void note_end_of_packs(index::Database& database, std::uint32_t pack, std::uint32_t single);

} // namespace homespool::spool
