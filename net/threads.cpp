#include "net/threads.hpp"

#include <algorithm>

namespace homespool::net {

NetworkThreads::NetworkThreads(unsigned count) {
  const unsigned wanted = std::max(count, 1U);
  for (unsigned i = 0; i < wanted; ++i) {
    contexts_.push_back(std::make_unique<boost::asio::io_context>(1));
    guards_.emplace_back(contexts_.back()->get_executor());
  }
  for (auto& context : contexts_) {
    threads_.emplace_back([&context = *context] { context.run(); });
  }
}

NetworkThreads::~NetworkThreads() {
  join(true);
}

void NetworkThreads::join(bool stop_now) {
  guards_.clear();
  if (stop_now) {
    for (auto& context : contexts_) context->stop();
  }
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

} // namespace homespool::net
