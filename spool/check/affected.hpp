// Which messages a record's damage affects, as a person knows them.
//
// Threads: the caller's connection.
#pragma once

#include "spool/check/finding.hpp"
#include "spool/ids.hpp"
#include "spool/index/sqlite.hpp"

namespace homespool::spool {

// All copies, and what was deleted and may come back. From the index alone.
std::vector<AffectedMessage> messages_of(index::Database& database, RecordId record);

// The subject of an ENVELOPE as the index keeps it, decoded; empty when there is none.
std::string subject_of(std::string_view envelope);

} // namespace homespool::spool
