// The line that begins a message in an mbox: "From sender Thu Jan  1 00:00:00 1970" (RFC 4155 and what other
// programs make of it).
//
// Threads: pure functions.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace homespool::mail {

inline constexpr std::string_view kFrom = "From ";

struct FromLine {
  std::string_view sender;
  std::optional<std::chrono::sys_seconds> date; // without a zone: UTC, as RFC 4155 has it
};

// `line` without its line end. Nothing for what no program writes there: a line of text that happens to begin
// so. Without a date only an empty rest, "-" or an address will do.
std::optional<FromLine> parse_from_line(std::string_view line);

} // namespace homespool::mail
