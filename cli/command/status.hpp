// `homespool status`: how every account, the spool and the clients fare. A running daemon is asked; without
// one the index tells what it remembers.
//
// Threads: main's; it blocks.
#pragma once

#include <filesystem>

namespace homespool::cli {

// Returns the exit code: done even when an account fails.
int status(const std::filesystem::path& settings_file, bool json);

} // namespace homespool::cli
