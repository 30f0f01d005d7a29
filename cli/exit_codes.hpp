// What the program's exit status tells its caller: the same few numbers for every command (sysexits.h).
//
// Threads: constants and values.
#pragma once

#include <string>

namespace homespool::cli {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;       // something was found, or failed
inline constexpr int kExitUsage = 64;       // wrong usage of the command line
inline constexpr int kExitTryAgain = 75;    // not now: another daemon runs, a port is in use
inline constexpr int kExitBadSettings = 78; // the settings file, or a certificate it names, has faults

// Why something was not done: for a person, and for the caller's shell.
struct Fault {
  int exit_code = kExitFailed;
  std::string sentence; // without a line end, unless it is several sentences on lines of their own
};

// Says it on standard error and returns its exit code.
int complain(const Fault& fault);

} // namespace homespool::cli
