// Packs that the index names and that are missing or end early: what a start should tell without reading them
// all.
//
// Threads: any; it reads one small row a pack, over a read-only connection of its own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace homespool::spool {

// A sentence each, with how many messages cannot be read. Nothing when the index cannot be asked.
std::vector<std::string> missing_packs(const std::filesystem::path& spool);

} // namespace homespool::spool
