// `homespool rebuild-index`: makes the index again from the packs and the newest snapshot of it.
//
// Threads: main's; it blocks.
#pragma once

#include <filesystem>

namespace homespool::cli {

// Says what could be recovered and what could not. Returns the exit code: failed when something is lost.
int rebuild_index(const std::filesystem::path& settings_file, bool json);

} // namespace homespool::cli
