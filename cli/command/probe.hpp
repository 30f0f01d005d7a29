// Tries the login of every account that is switched on, for `check-config --probe`; names the others.
//
// Threads: the caller's; it blocks, and runs network threads of its own meanwhile.
#pragma once

#include "config/settings.hpp"
#include "fetcher/failure.hpp"

namespace homespool::cli {

struct Probed {
  std::string account;
  std::optional<fetcher::Failure> failure; // absent: the login went well, if it was tried
  bool tried = true;                       // false: the account is switched off
};

// Hosts at the same time, the accounts of a host in turn: after three refused logins it sees no more. In the
// order of the settings.
std::vector<Probed> probe_accounts(const config::Settings& settings);
std::string probe_line(const Probed& probed); // with a line end

} // namespace homespool::cli
