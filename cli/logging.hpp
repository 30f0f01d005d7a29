// Sets up spdlog as the settings say: level, and text or JSON lines on standard error.
//
// Threads: the first call is main's, before the others run; later ones (other settings) from any.
#pragma once

#include "config/settings.hpp"

namespace homespool::cli {

void set_up_logging(const config::LogSettings& settings);

} // namespace homespool::cli
