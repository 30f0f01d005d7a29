// `homespool backup` and `homespool restore`.
//
// Backup reads the spool beside a running daemon, without its help: the folder it writes to is the caller's,
// and the daemon may not be allowed there. Threads: main's; they block.
#pragma once

#include <filesystem>

namespace homespool::cli {

struct CopyOptions {
  std::filesystem::path folder;
  bool json = false;
  bool mend = false; // restore: only what is damaged
  bool deep = false; // backup: every byte of it is read
};
// They return the exit code: failed when the copy has findings, try again when the folder is in use.
int backup(const std::filesystem::path& settings_file, const CopyOptions& options);
int restore(const std::filesystem::path& settings_file, const CopyOptions& options);

} // namespace homespool::cli
