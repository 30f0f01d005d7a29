// Commands that are known by name and do nothing in this version.
//
// Threads: pure, but for not_yet(), which prints.
#pragma once

#include <span>

namespace homespool::cli {

struct LaterCommand {
  const char* name;
  const char* what;
};
std::span<const LaterCommand> later_commands();

// One sentence on standard error; the exit code of wrong usage, like that of any command there is not.
int not_yet(const char* name);

} // namespace homespool::cli
