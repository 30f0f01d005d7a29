// Reads the settings file: YAML in, a Settings or all of its errors out.
//
// Threads: any; blocks on the file system.
#pragma once

#include "config/settings.hpp"

#include <memory>
#include <string>
#include <vector>

namespace homespool::config {

// One fault of the file. `line` and `column` count from 1; 0 when the fault is not at a place in it.
struct Problem {
  std::filesystem::path file;
  int line = 0;
  int column = 0;
  std::string sentence;

  // FILE:LINE:COLUMN: sentence
  std::string text() const;
};

using Loaded = boost::system::result<std::shared_ptr<const Settings>, std::vector<Problem>>;

// Every fault is reported, in the order of the file: unknown keys with the nearest valid one, wrong types,
// values out of range, duplicate names, a second deleter, secret files that others may read, files that are
// missing, features that are not available yet. Nothing is opened but the file itself and what it names.
Loaded load(const std::filesystem::path& file);

} // namespace homespool::config
