// What `backup` and `restore` did, for a person and for programs.
//
// Threads: main's.
#pragma once

#include "cli/exit_codes.hpp"
#include "cli/progress.hpp"
#include "spool/copy/backup.hpp"

namespace homespool::cli {

// Shows how far it is on `progress`, which outlives it.
spool::CopyProgress shown_on(Progress& progress);

// Prints what was done, and what is wrong with the copy. `done`: "backed up". Returns the exit code.
int print_copy(const spool::CopyOutcome& outcome, std::string_view done, bool json);

} // namespace homespool::cli
