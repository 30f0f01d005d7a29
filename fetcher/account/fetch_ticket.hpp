// Somebody waits for the end of a poll that was asked for.
//
// Threads: wait() on the thread of `executor`; complete() from any thread, once.
#pragma once

#include "fetcher/fetcher.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace homespool::fetcher {

class FetchTicket : public std::enable_shared_from_this<FetchTicket> {
 public:
  explicit FetchTicket(const boost::asio::any_io_executor& executor);
  net::Awaitable<PollReport> wait();
  void complete(PollReport report);

  // For the account loop, on its thread: what came while this one waited.
  PollReport so_far;
  bool served = false; // by a poll that began after it was asked for

 private:
  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer done_timer_;
  PollReport report_;
  bool done_ = false;
};

} // namespace homespool::fetcher
