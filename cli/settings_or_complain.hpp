// Loads the settings for a command, or prints everything that is wrong with them.
//
// Threads: the caller's.
#pragma once

#include "config/settings.hpp"

#include <memory>

namespace homespool::cli {

// Null after printing every fault to standard error.
std::shared_ptr<const config::Settings> settings_or_complain(const std::filesystem::path& file);

} // namespace homespool::cli
