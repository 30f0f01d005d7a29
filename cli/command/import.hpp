// `homespool import`: mail out of mbox files, Maildirs, .eml files and folders of these.
//
// Threads: main's.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace homespool::cli {

struct ImportOptions {
  std::string user;
  std::optional<std::string> folder; // where all of it goes
  std::vector<std::string> paths;
  bool json = false;
};

// Returns the exit code.
int import_mail(const std::filesystem::path& settings_file, const ImportOptions& options);

} // namespace homespool::cli
