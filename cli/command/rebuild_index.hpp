// `homespool rebuild-index`: makes the index again from the packs and the newest snapshot of it; beside a
// daemon, by the daemon, which ends its sessions and starts anew for that.
//
// Threads: main's; it blocks.
#pragma once

#include "spool/rebuild/rebuild.hpp"

#include <filesystem>
#include <string>

namespace homespool::cli {

// Says what could be recovered and what could not. Returns the exit code: failed when something is lost.
int rebuild_index(const std::filesystem::path& settings_file, bool json);

// What a daemon tells the command that asked for it: an object in JSON.
std::string rebuild_answer(const boost::system::result<spool::RebuildReport, spool::OpenFailure>& outcome);

} // namespace homespool::cli
