// What the accounts share: how often a host that refused a login may see another, and whether the network is
// there at all.
//
// Hosts go by name and port as configured. Threads: any; guarded by a lock that is held for moments.
#pragma once

#include "net/clock.hpp"

#include <map>
#include <mutex>
#include <string>

namespace homespool::fetcher {

class HostBreakers {
 public:
  using Time = net::Steady::time_point;

  // Asks for leave to log in now: zero when it is given, else how long to wait before asking again. A host
  // that refused a login sees one a minute, whichever account it is for, until it accepts one.
  net::Steady::duration ask(const std::string& host, Time now);
  void refused(const std::string& host, Time now);
  void accepted(const std::string& host);

 private:
  std::mutex lock_;
  std::map<std::string, Time> next_login_; // of hosts that refused
};

class NetworkWatch {
 public:
  // How the last poll of an account ended, as far as the network is concerned.
  enum class News { none, lost, back };
  News note(const std::string& account, bool network_failed);
  void forget(const std::string& account);

 private:
  std::mutex lock_;
  std::map<std::string, bool> failed_;
  bool lost_ = false; // every account failed
};

} // namespace homespool::fetcher
