// `status`, `fetch` and `reload`: a running daemon is asked over its control socket; without one status and
// fetch work on the spool themselves.
//
// Threads: main's; they block. Each returns the exit code.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace homespool::cli {

int status(const std::filesystem::path& settings_file, bool json);
// Failed when an account could not be polled.
int fetch(const std::filesystem::path& settings_file, const std::vector<std::string>& accounts, bool json);
int reload(const std::filesystem::path& settings_file);

} // namespace homespool::cli
