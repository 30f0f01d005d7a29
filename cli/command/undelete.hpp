// `homespool undelete` and `homespool unhide`: list what was deleted, or hidden for one client, and bring it
// back. A running daemon does it; without one the command works on the spool itself.
//
// Threads: main's; it blocks.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace homespool::cli {

struct BringBackOptions {
  std::string whose; // undelete: the user; unhide: the login
  std::string since; // a duration; empty: all that is kept
  std::vector<std::string> folders, by, ids, message_ids;
  bool only_list = false;
  bool json = false;
};

// Return the exit code: failed also when an id that was named is not there.
int undelete(const std::filesystem::path& settings_file, const BringBackOptions& options);
int unhide(const std::filesystem::path& settings_file, const BringBackOptions& options);

} // namespace homespool::cli
