#include "net/task_group.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace homespool::net {
namespace asio = boost::asio;
namespace {

// Keeps a task from running, and perhaps ending, inside spawn().
Awaitable<void> start_later(Awaitable<void> task) {
  auto executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable);
  co_await std::move(task);
}

bool is_cancellation(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& thrown) {
    return thrown.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

} // namespace

TaskGroup::TaskGroup(asio::any_io_executor executor, std::function<void(std::exception_ptr)> on_surprise)
    : executor_(std::move(executor)), state_(std::make_shared<State>(executor_)) {
  state_->on_surprise = std::move(on_surprise);
  state_->empty.expires_at(std::chrono::steady_clock::time_point::max());
}

TaskGroup::~TaskGroup() {
  state_->on_surprise = nullptr;
}

void TaskGroup::spawn(Awaitable<void> task) {
  if (stopped_) return;
  auto entry = std::make_shared<Task>();
  entry->self = state_->tasks.insert(state_->tasks.end(), entry);
  auto done = [state = state_, entry](std::exception_ptr error) { ended(*state, entry, std::move(error)); };
  asio::co_spawn(executor_, start_later(std::move(task)),
                 asio::bind_cancellation_slot(entry->signal.slot(), std::move(done)));
}

void TaskGroup::ended(State& state, const std::shared_ptr<Task>& task, std::exception_ptr error) {
  state.tasks.erase(task->self);
  if (state.tasks.empty()) state.empty.cancel();
  if (error && state.on_surprise && !is_cancellation(error)) state.on_surprise(std::move(error));
}

void TaskGroup::cancel() {
  const auto now_running = state_->tasks;
  for (const auto& task : now_running) task->signal.emit(asio::cancellation_type::terminal);
}

Awaitable<void> TaskGroup::join() {
  while (!state_->tasks.empty()) {
    co_await state_->empty.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
      throw boost::system::system_error(asio::error::operation_aborted);
    }
  }
}

} // namespace homespool::net
