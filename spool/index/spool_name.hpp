// The name of a spool, of which its UIDLs are made, and the seed of its hashes: chosen once, kept for ever.
//
// Threads: the writer's, at start.
#pragma once

#include "spool/index/sqlite.hpp"

#include <cstdint>
#include <optional>

namespace homespool::spool::index {

// Does nothing when it has them. `known`: the name, when the packs tell it.
void ensure_spool_name(Database& database, std::optional<std::uint32_t> known = {});
// As packs have it; 0 when it has none.
std::uint32_t spool_number(Database& database);

} // namespace homespool::spool::index
