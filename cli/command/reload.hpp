// `homespool reload`: has the running daemon read its settings again, and says what came of it.
//
// Threads: main's; it blocks.
#pragma once

#include <filesystem>

namespace homespool::cli {

// Returns the exit code: bad settings when the file has faults (nothing has changed then), failed when no
// daemon runs.
int reload(const std::filesystem::path& settings_file);

} // namespace homespool::cli
