// Tells systemd how the service fares (sd_notify(3)), if it asked to be told.
//
// Threads: any.
#pragma once

#include <string_view>

namespace homespool::cli {

// "READY=1", "RELOADING=1", "STOPPING=1". Does nothing without NOTIFY_SOCKET.
void notify_systemd(std::string_view state);

} // namespace homespool::cli
