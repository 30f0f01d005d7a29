// The threads of the daemon: one network thread per core, each with its own io_context, and a small pool for
// work that takes long (password hashes, body search, big parses).
//
// Threads: NetworkThreads is made, run and stopped by main; executors are handed out to anybody.
#pragma once

#include "net/stream.hpp"

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <thread>
#include <vector>

namespace homespool::net {

class NetworkThreads {
 public:
  // `count` threads, at least 1.
  explicit NetworkThreads(unsigned count);
  // Stops and joins.
  ~NetworkThreads();
  NetworkThreads(const NetworkThreads&) = delete;
  NetworkThreads& operator=(const NetworkThreads&) = delete;

  std::size_t size() const { return contexts_.size(); }
  boost::asio::io_context& context(std::size_t i) { return *contexts_[i]; }
  // Round robin.
  std::size_t next() { return next_++ % contexts_.size(); }
  // Lets the threads run out of work and joins them; abandons what is left when `stop_now`.
  void join(bool stop_now);

 private:
  using Guard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;
  std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
  std::vector<Guard> guards_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> next_{0};
};

using WorkerPool = boost::asio::thread_pool;

// Runs `work` on the pool and comes back to the caller's executor with what it returned (or threw). `work`
// owns what it needs.
template <class T>
Awaitable<T> run_on(WorkerPool& pool, std::function<T()> work);

template <class T>
Awaitable<T> call_as_coroutine(std::function<T()> work) {
  co_return work();
}

template <class T>
Awaitable<T> run_on(WorkerPool& pool, std::function<T()> work) {
  // Asio's co_spawn completes on the executor that the awaiting coroutine is bound to. Cancellation does not
  // reach the work, which is another thread's: it takes effect at the caller's next co_await.
  auto token =
      boost::asio::bind_cancellation_slot(boost::asio::cancellation_slot(), boost::asio::use_awaitable);
  co_return co_await boost::asio::co_spawn(pool.get_executor(), call_as_coroutine<T>(std::move(work)), token);
}

} // namespace homespool::net
