#include "cli/command/not_yet.hpp"

#include "cli/exit_codes.hpp"

namespace homespool::cli {

std::span<const LaterCommand> later_commands() {
  static constexpr LaterCommand kLater[] = {
      {"doctor", "Walks one account's path step by step (not available yet)"},
      {"quarantine", "Messages that could not be fetched (not available yet)"},
  };
  return kLater;
}

int not_yet(const char* name) {
  return complain(Fault{kExitUsage, std::string(name) + " is not available yet"});
}

} // namespace homespool::cli
