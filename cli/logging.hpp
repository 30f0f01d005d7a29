// Sets up spdlog as the settings say: level, and text or JSON lines on standard error.
//
// Threads: main's, before the others run.
#pragma once

#include "config/settings.hpp"

namespace homespool::cli {

void set_up_logging(const config::LogSettings& settings);

} // namespace homespool::cli
