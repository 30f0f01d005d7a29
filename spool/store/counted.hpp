// How many messages there are, and of each account: counted once, then kept in the index with every batch, so
// that a start need not read all rows.
//
// What is kept is believed only when its checksum holds and no ids were given out since; else all is counted
// again. Threads: the writer's.
#pragma once

#include "spool/index/sqlite.hpp"
#include "spool/store/published.hpp"

namespace homespool::spool {

struct Counted {
  Totals totals; // `damaged` is not kept: that table is short
  std::map<std::string, LedgerCounts> accounts;
};

// The next ids that the index will give out: a copy that somebody else went on with has others.
struct NextIds {
  std::int64_t message = 1, record = 1;
};

// As it is kept in `meta`, and back; nothing when it is not to be believed.
std::string pack_counted(const Counted& counted, NextIds ids);
std::optional<Counted> unpack_counted(std::string_view kept, NextIds ids);

Counted load_counted(index::Database& database, NextIds ids);
// Within a transaction.
void keep_counted(index::Database& database, std::string_view packed);
// Whoever changes rows in another way than by Books: all is counted at the next start.
void forget_counted(index::Database& database);

} // namespace homespool::spool
