// `homespool check-config`: every fault of the settings file at once, and nothing started.
//
// Threads: the caller's.
#pragma once

#include <filesystem>

namespace homespool::cli {

struct CheckOptions {
  bool json = false;
  bool probe = false; // also log in to every enabled account
};

// Prints each fault on its own line to standard error, or "FILE: fine", and with `probe` a line an account
// (with `json`: one object {"file", "problems", "accounts"} to standard output instead). Returns the exit
// code: done, bad settings, or failed when a login did.
int check_config(const std::filesystem::path& file, CheckOptions options);

} // namespace homespool::cli
