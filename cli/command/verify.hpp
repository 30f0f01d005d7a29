// `homespool verify`: checks the spool, beside a running daemon or without one.
//
// Threads: main's; it blocks.
#pragma once

#include <filesystem>

namespace homespool::cli {

struct VerifyOptions {
  bool deep = false; // every byte, and every message parsed again
  bool json = false;
};
// Prints what is wrong, what it affects and which command mends it. Returns the exit code: failed when there
// are findings.
int verify(const std::filesystem::path& settings_file, const VerifyOptions& options);

} // namespace homespool::cli
