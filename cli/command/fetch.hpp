// `homespool fetch`: polls accounts now, waits, and says what came. A running daemon does it; without one the
// command polls by itself.
//
// Threads: main's; it blocks.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace homespool::cli {

// No account named: all that are enabled. Prints a line an account, or with `json` one array of objects.
// Returns the exit code: failed when an account could not be polled.
int fetch(const std::filesystem::path& settings_file, const std::vector<std::string>& accounts, bool json);

} // namespace homespool::cli
