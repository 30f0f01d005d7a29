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

  // What the account that asks has had from its host so far. One without a refusal of its own is not held up
  // by those of others, unless there were several: then the host may soon ban this address.
  enum class Record { refused, clean };
  static constexpr unsigned kTolerated = 3; // refusals in a row

  // Asks for leave to connect and log in: zero when it is given, else how long to wait before asking again. A
  // host that refused a login sees one a minute until it accepts one.
  net::Steady::duration ask(const std::string& host, Time now, Record record = Record::refused);

  // Asks again just before the credentials are sent, with leave of `since`. A host of which nothing is known
  // yet, or that refused the last login, sees one login at a time, but for those that take long: so a wrong
  // password that many accounts share is refused kTolerated times, not once for each.
  enum class Turn { go, wait, too_late }; // too late: the host has refused a login meanwhile
  Turn enter(const std::string& host, Time since, Time now, Record record = Record::refused);

  // How a login ended that was entered.
  void refused(const std::string& host, Time now);
  void accepted(const std::string& host);
  void unsettled(const std::string& host);

 private:
  struct Host {
    bool known = false;    // it accepted or refused once
    unsigned refusals = 0; // since it accepted one
    std::optional<Time> refused, next_login, under_way;
  };
  static bool passes(const Host& host, Record record) {
    return record == Record::clean && host.refusals < kTolerated;
  }

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
