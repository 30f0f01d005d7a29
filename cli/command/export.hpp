// `homespool export`: a user's mail as a Maildir.
//
// Threads: main's.
#pragma once

#include <filesystem>
#include <string>

namespace homespool::cli {

struct ExportOptions {
  std::string user;
  std::string folder; // of the disk
  bool json = false;
};

// Returns the exit code.
int export_mail(const std::filesystem::path& settings_file, const ExportOptions& options);

} // namespace homespool::cli
