// When to try an account again. It never ends: every failure has a next try.
//
// For: the account loop. Not for: the budget of logins of a host (fetcher/account/host_breakers.hpp).
// Threads: a pure function.
#pragma once

#include "fetcher/failure.hpp"

namespace homespool::fetcher {

struct BackoffInput {
  FailureClass kind = FailureClass::temporary;
  std::uint32_t failures = 1;        // in a row, this one included
  bool ever_worked = false;          // this account got as far as its listing once
  bool login_said_so = false;        // see Failure
  std::chrono::seconds suggested{0}; // see Failure
  bool wait_by_code = false;         // see Failure
  std::uint64_t random = 0;          // any number; the same gives the same wait
};

// Full jitter: anything from a tenth of the bound to all of it, where the bound doubles with each failure
// from the class's first value to its cap. A suggested wait is kept to, with up to a tenth more, at most a
// day; one that was only read from words is a minute at least, and doubles when it did not help.
std::chrono::milliseconds wait_before_retry(const BackoffInput& input);

} // namespace homespool::fetcher
