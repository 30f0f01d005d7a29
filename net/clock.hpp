// Time as the rooms see it, so that tests can own it.
//
// Waits run on the monotonic clock; wall time is for showing and for what is kept on disk.
// Threads: a Clock is shared by all threads.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

namespace homespool::net {

using Steady = std::chrono::steady_clock;
using Wall = std::chrono::system_clock;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Steady::time_point steady() const = 0;
  virtual Wall::time_point wall() const = 0;
  // Returns at `when`, or at once when it has passed. Throws system_error(operation_aborted) when cancelled.
  virtual boost::asio::awaitable<void> sleep_until(Steady::time_point when) = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Steady::time_point steady() const override { return Steady::now(); }
  Wall::time_point wall() const override { return Wall::now(); }
  boost::asio::awaitable<void> sleep_until(Steady::time_point when) override;
};

} // namespace homespool::net
