#include "tests/support/fake_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>

namespace homespool::test {
namespace asio = boost::asio;
namespace {

// Takes its time back from the list however the coroutine ends.
class Wanted {
 public:
  Wanted(std::list<net::Steady::time_point>& all, net::Steady::time_point when)
      : all_(all), mine_(all.insert(all.end(), when)) {}
  ~Wanted() { all_.erase(mine_); }
  Wanted(const Wanted&) = delete;
  Wanted& operator=(const Wanted&) = delete;

 private:
  std::list<net::Steady::time_point>& all_;
  std::list<net::Steady::time_point>::iterator mine_;
};

} // namespace

asio::awaitable<void> FakeClock::sleep_until(net::Steady::time_point when) {
  const auto executor = co_await asio::this_coro::executor;
  const auto timer = std::make_shared<asio::steady_timer>(executor, net::Steady::time_point::max());
  watch(timer);
  const Wanted wanted(wanted_, when);
  while (steady_ < when) {
    co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
      throw boost::system::system_error(asio::error::operation_aborted);
    }
  }
}

void FakeClock::advance(net::Steady::duration by) {
  steady_ += by;
  wall_ = wall() + std::chrono::duration_cast<net::Wall::duration>(by);
  for (auto it = watchers_.begin(); it != watchers_.end();) {
    if (const auto timer = it->lock()) {
      timer->cancel();
      ++it;
    } else {
      it = watchers_.erase(it);
    }
  }
}

net::Steady::time_point FakeClock::next_wake() const {
  const auto first = std::min_element(wanted_.begin(), wanted_.end());
  return first == wanted_.end() ? net::Steady::time_point::max() : *first;
}

bool FakeClock::advance_to_next() {
  if (wanted_.empty()) return false;
  advance(std::max(net::Steady::duration::zero(), next_wake() - steady_));
  return true;
}

} // namespace homespool::test
