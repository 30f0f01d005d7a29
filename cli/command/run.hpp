// `homespool run`: the daemon in the foreground, with its signals.
//
// SIGTERM and SIGINT drain and stop within 10 s, SIGHUP reads the settings again; systemd is told when it is
// ready, reloads and stops. Threads: main's.
#pragma once

#include <filesystem>

namespace homespool::cli {

// Returns the exit code: done, try again (spool or port in use), bad settings, or failed.
int run(const std::filesystem::path& settings_file);

} // namespace homespool::cli
