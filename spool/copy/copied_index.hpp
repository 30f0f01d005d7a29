// A copy of the index knows that it is one. When it is put to use, what was given out since it was made is
// not known: ids, UIDs and mod-sequences go on far above, the further the later that is and the more often
// the copy was used before, so that none is ever given twice; and every message counts as changed, so that
// clients look at its flags again.
//
// Threads: the caller's connection.
#pragma once

#include "spool/index/sqlite.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace homespool::spool {

// The SQL that notes in a copy when it was made.
std::string mark_copy(std::chrono::sys_seconds made);
std::optional<std::chrono::sys_seconds> copy_made_at(index::Database& database);
// When the last thing happened that an index tells the time of.
std::optional<std::chrono::sys_seconds> last_noted(index::Database& database);

// The SQL that notes in a copy how often it was put to use before.
std::string mark_use(std::int64_t earlier_uses);

// Does nothing for an index that is no copy; else in one transaction of its own. `now`, in Unix seconds, is
// also the new UIDVALIDITY of a folder that has no UIDs left to skip.
void take_over_copy(index::Database& database, std::uint32_t now);

// By pack: the end of its last record.
std::map<std::uint32_t, std::uint64_t> pack_ends(index::Database& database);

std::uint64_t count_records(index::Database& database);

} // namespace homespool::spool
