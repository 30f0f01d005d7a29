// What the program's exit status tells its caller: the same few numbers for every command (sysexits.h).
//
// Threads: constants.
#pragma once

namespace homespool::cli {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;       // something was found, or failed
inline constexpr int kExitUsage = 64;       // wrong usage of the command line
inline constexpr int kExitTryAgain = 75;    // not now: another daemon runs, a port is in use
inline constexpr int kExitBadSettings = 78; // the settings file has faults

} // namespace homespool::cli
