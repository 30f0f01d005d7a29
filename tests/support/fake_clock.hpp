// A clock that stands still until the test moves it; sleepers and the deadlines of memory streams follow it.
//
// Threads: one; the test runs its io_context and moves the clock on the same thread. wall() may be read from
// any: the threads of a spool do.
#pragma once

#include "net/clock.hpp"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <list>
#include <memory>

namespace homespool::test {

class FakeClock final : public net::Clock {
 public:
  net::Steady::time_point steady() const override { return steady_; }
  net::Wall::time_point wall() const override { return wall_; }
  boost::asio::awaitable<void> sleep_until(net::Steady::time_point when) override;

  // Both clocks; who waits for a time that is reached wakes when the io_context runs next.
  void advance(net::Steady::duration by);
  // A jump of the wall clock alone, as when it is set.
  void set_wall(net::Wall::time_point now) { wall_ = now; }

  // Coroutines that sleep now, and when the first of them wants to wake (time_point::max() when there is
  // none).
  std::size_t sleepers() const { return wanted_.size(); }
  net::Steady::time_point next_wake() const;
  // Moves to next_wake(); false when nobody sleeps.
  bool advance_to_next();

  // The timer's waits are cancelled at each move, so that its owner looks at the clock again.
  void watch(const std::shared_ptr<boost::asio::steady_timer>& timer) { watchers_.push_back(timer); }

 private:
  // A Monday in 2024, far from any start of the machine.
  net::Steady::time_point steady_{std::chrono::hours{1000}};
  std::atomic<net::Wall::time_point> wall_{net::Wall::time_point{std::chrono::seconds{1'709'510'400}}};
  std::list<std::weak_ptr<boost::asio::steady_timer>> watchers_;
  std::list<net::Steady::time_point> wanted_;
};

} // namespace homespool::test
