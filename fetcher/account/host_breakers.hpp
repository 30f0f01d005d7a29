// What the accounts share: how often a host that refused a login may see another, and whether the network is
// there at all.
//
// Hosts go by name and port as configured. Threads: any; guarded by a lock that is held for moments.
#pragma once

#include "net/clock.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace homespool::fetcher {

class HostBreakers {
 public:
  using Time = net::Steady::time_point;

  // Asks for leave to connect and log in: zero when it is given, else how long to wait before asking again. A
  // host that refused a login sees one a minute, whichever account it is for, until it accepts one.
  net::Steady::duration ask(const std::string& host, Time now);

  // Asks again just before the credentials are sent, with leave of `since`. A host of which nothing is known
  // yet sees one login at a time, but for those that take long: so a wrong password that many accounts share
  // is refused once, not once for each.
  enum class Turn { go, wait, too_late }; // too late: the host has refused a login meanwhile
  Turn enter(const std::string& host, Time since, Time now);

  // How a login ended that was entered.
  void refused(const std::string& host, Time now);
  void accepted(const std::string& host);
  void unsettled(const std::string& host);

 private:
  struct Host {
    bool known = false; // it accepted or refused once
    std::optional<Time> refused, next_login, under_way;
  };
  std::mutex lock_;
  std::map<std::string, Host> hosts_;
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
