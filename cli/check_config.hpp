// `homespool check-config`: every fault of the settings file at once, and nothing started.
//
// Threads: the caller's.
#pragma once

#include <filesystem>

namespace homespool::cli {

// Prints each fault on its own line to standard error (with `json`: one object {"file", "problems"} to
// standard output instead), or "FILE: fine". Returns the exit code: done or bad settings.
int check_config(const std::filesystem::path& file, bool json);

} // namespace homespool::cli
