// HTML's character references. Threads: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace homespool::mail {

// `text` starts with '&'. Appends what the reference stands for and returns its length; without one appends
// "&" and returns 1.
std::size_t append_entity(std::string& out, std::string_view text);

} // namespace homespool::mail
