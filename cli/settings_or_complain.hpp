// Loads the settings for a command, or prints everything that is wrong with them.
//
// Threads: the caller's.
#pragma once

#include "config/load.hpp"

namespace homespool::cli {

// Null after printing every fault to standard error.
std::shared_ptr<const config::Settings> settings_or_complain(const std::filesystem::path& file);

// One line each, FILE:LINE:COLUMN: sentence.
std::string sentences(const std::vector<config::Problem>& problems);

} // namespace homespool::cli
