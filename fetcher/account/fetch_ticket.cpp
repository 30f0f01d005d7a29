#include "fetcher/account/fetch_ticket.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace homespool::fetcher {
namespace asio = boost::asio;

FetchTicket::FetchTicket(const asio::any_io_executor& executor) : executor_(executor), done_timer_(executor) {
  done_timer_.expires_at(std::chrono::steady_clock::time_point::max());
}

net::Awaitable<PollReport> FetchTicket::wait() {
  const auto self = shared_from_this();
  while (!done_) co_await done_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return report_;
}

void FetchTicket::complete(PollReport report) {
  asio::post(executor_, [self = shared_from_this(), report = std::move(report)] {
    self->report_ = report;
    self->done_ = true;
    self->done_timer_.cancel();
  });
}

} // namespace homespool::fetcher
