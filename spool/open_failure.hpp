// Why a spool could not be opened.
//
// Threads: a value.
#pragma once

#include <string>

namespace homespool::spool {

struct OpenFailure {
  bool in_use = false;  // another process holds it: may work later
  std::string sentence; // for a person
};

} // namespace homespool::spool
