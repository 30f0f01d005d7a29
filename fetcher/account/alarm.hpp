// A sleep that can be ended from outside.
//
// Threads: one io_context's.
#pragma once

#include "net/clock.hpp"

#include <boost/asio/cancellation_signal.hpp>

namespace homespool::fetcher {

class Alarm {
 public:
  // Returns at `when`, or once ring() was called since the last sleep. One sleeper at a time.
  boost::asio::awaitable<void> sleep_until(net::Clock& clock, net::Steady::time_point when);
  void ring();

 private:
  boost::asio::cancellation_signal signal_;
  bool rung_ = false;
};

} // namespace homespool::fetcher
