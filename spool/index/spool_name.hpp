// The name of a spool, of which its UIDLs are made, and the seed of its hashes: chosen once, kept for ever.
//
// Threads: the writer's, at start.
#pragma once

#include "spool/index/sqlite.hpp"

namespace homespool::spool::index {

// Does nothing when it has them.
void ensure_spool_name(Database& database);

} // namespace homespool::spool::index
