#include "server/address_gate.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace homespool::server {
namespace asio = boost::asio;

asio::awaitable<void> AddressGate::enter(std::string address) {
  const auto executor = co_await asio::this_coro::executor;
  const auto waiter = std::make_shared<Waiter>(executor);
  waiter->timer.expires_at(std::chrono::steady_clock::time_point::max());
  if (goes_in(address, waiter)) co_return;
  while (!called(*waiter)) {
    co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() == asio::cancellation_type::none) continue;
    give_up(address, waiter);
    throw boost::system::system_error(asio::error::operation_aborted);
  }
}

bool AddressGate::goes_in(const std::string& address, const std::shared_ptr<Waiter>& waiter) {
  const std::lock_guard lock(mutex_);
  Queue& queue = queues_[address];
  if (queue.inside < at_once_) {
    ++queue.inside;
    return true;
  }
  queue.waiting.push_back(waiter);
  return false;
}

bool AddressGate::called(const Waiter& waiter) const {
  const std::lock_guard lock(mutex_);
  return waiter.called;
}

// It may have been called in the same moment.
void AddressGate::give_up(const std::string& address, const std::shared_ptr<Waiter>& waiter) {
  const std::lock_guard lock(mutex_);
  if (waiter->called)
    leave_locked(address);
  else
    queues_[address].waiting.remove(waiter);
}

void AddressGate::leave(const std::string& address) {
  const std::lock_guard lock(mutex_);
  leave_locked(address);
}

void AddressGate::leave_locked(const std::string& address) {
  const auto found = queues_.find(address);
  Queue& queue = found->second;
  if (queue.waiting.empty()) {
    if (--queue.inside == 0) queues_.erase(found);
    return;
  }
  const auto next = queue.waiting.front();
  queue.waiting.pop_front();
  next->called = true;
  asio::post(next->timer.get_executor(), [next] { next->timer.cancel(); });
}

std::size_t AddressGate::size(const std::string& address) const {
  const std::lock_guard lock(mutex_);
  const auto found = queues_.find(address);
  return found == queues_.end() ? 0 : found->second.inside + found->second.waiting.size();
}

} // namespace homespool::server
