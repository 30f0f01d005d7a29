#include "fetcher/account/alarm.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace homespool::fetcher {
namespace asio = boost::asio;

asio::awaitable<void> Alarm::sleep_until(net::Clock& clock, net::Steady::time_point when) {
  if (!rung_) {
    const auto executor = co_await asio::this_coro::executor;
    auto token = asio::bind_cancellation_slot(signal_.slot(), asio::as_tuple(asio::use_awaitable));
    co_await asio::co_spawn(executor, clock.sleep_until(when),
                            token); // woken early or late: the caller looks
  }
  rung_ = false;
}

void Alarm::ring() {
  rung_ = true;
  signal_.emit(asio::cancellation_type::terminal);
}

} // namespace homespool::fetcher
