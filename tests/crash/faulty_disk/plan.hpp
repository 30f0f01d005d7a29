// What the faulty disk is to do, and when: read from the environment of the program under test.
//
//   FAULTY_DISK_ROOT    the folder whose calls count; without it nothing happens
//   FAULTY_DISK_TRACE   a file that gets one line per counted call: its name and the path
//   FAULTY_DISK_AT      the number of the call, from 1
//   FAULTY_DISK_DO      what happens there (see Deed)
//   FAULTY_DISK_SPAN    how many calls fail from there on (1)
//   FAULTY_DISK_SEED    for tearing
//   FAULTY_DISK_ONLY    a file: once it is there, nothing counts but calls whose line of the trace it holds
//   FAULTY_DISK_FREE    a file that says how many bytes are free, while it exists
// Threads: read-only once it is made.
#pragma once

#include <cstdint>
#include <string>

namespace faulty_disk {

enum class Deed {
  nothing,
  kill,     // the process ends before the call
  half,     // it ends after half of the bytes are written
  drop,     // it ends, and nothing of what was not synced reached the disk
  tear,     // it ends, and any part of what was not synced reached the disk
  no_space, // ENOSPC from calls that want room, the first after half of the bytes
  bad,      // EIO
  brief,    // half of the bytes are written, and that is what the call says
};

struct Plan {
  std::string root, trace, only, free;
  std::uint64_t at = 0, span = 1, seed = 1;
  Deed deed = Deed::nothing;
};

const Plan& plan();
// Whether this call counts, as far as Plan::only goes.
bool counts(const char* call, const std::string& path);
// The path as seen from the root ("packs/000001.pack", "." for the root itself); empty when it lies elsewhere
// or is not for counting: what no mail is in and what SQLite maps into memory.
std::string inside(const std::string& path);

} // namespace faulty_disk
