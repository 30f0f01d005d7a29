#include "net/clock.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace homespool::net {

boost::asio::awaitable<void> SystemClock::sleep_until(Steady::time_point when) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, when);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

} // namespace homespool::net
