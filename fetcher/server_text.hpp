// A server's words made safe to show: in a log line, a terminal, JSON.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace homespool::fetcher {

// Control characters and bytes that are not UTF-8 become \xNN. At most `limit` bytes, never cut inside a
// character or an escape.
std::string shown(std::string_view bytes, std::size_t limit);

} // namespace homespool::fetcher
