// One poll's way through the breaker of its host, just before its credentials are sent.
//
// Threads: one network thread.
#pragma once

#include "fetcher/account/host_breakers.hpp"
#include "fetcher/poll/session.hpp"

namespace homespool::fetcher {

class HostGate final : public LoginGate {
 public:
  // With leave of the breaker that was given at `since`.
  HostGate(HostBreakers& hosts, net::Clock& clock, const BreakOff& break_off, std::string host,
           HostBreakers::Time since, HostBreakers::Record record)
      : hosts_(hosts), clock_(clock), break_off_(break_off), host_(std::move(host)), since_(since),
        record_(record) {}

  net::Awaitable<bool> enter() override;
  void left(End end) override;

  // The login was not tried: others of this host came in between.
  bool turned_away() const { return turned_away_; }

 private:
  HostBreakers& hosts_;
  net::Clock& clock_;
  const BreakOff& break_off_;
  std::string host_;
  HostBreakers::Time since_;
  HostBreakers::Record record_;
  bool turned_away_ = false;
};

} // namespace homespool::fetcher
