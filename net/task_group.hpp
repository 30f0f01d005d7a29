// Coroutines that belong together: spawned, counted, cancelled and awaited as one. The only place that
// spawns.
//
// Threads: a group lives on one io_context; its tasks run there. spawn, cancel and join from that thread
// only.
#pragma once

#include "net/stream.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <functional>
#include <list>

namespace homespool::net {

class TaskGroup {
 public:
  // An exception that leaves a task (other than a cancellation) is handed to `on_surprise`, on the group's
  // thread.
  TaskGroup(boost::asio::any_io_executor executor, std::function<void(std::exception_ptr)> on_surprise);
  // All tasks must have ended (join).
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // The coroutine must own its arguments. After stop() nothing more is spawned and `task` is dropped.
  void spawn(Awaitable<void> task);
  void stop() { stopped_ = true; }
  // Asks every task to end at its current await (asio terminal cancellation).
  void cancel();
  // Returns when no task is left.
  Awaitable<void> join();
  std::size_t size() const { return state_->tasks.size(); }

 private:
  struct Task {
    boost::asio::cancellation_signal signal;
    std::list<std::shared_ptr<Task>>::iterator self;
  };
  // What a task that outlives its group by accident (an io_context torn down half way) may still touch.
  struct State {
    explicit State(const boost::asio::any_io_executor& executor) : empty(executor) {}
    std::function<void(std::exception_ptr)> on_surprise;
    std::list<std::shared_ptr<Task>> tasks;
    boost::asio::steady_timer empty; // cancelled when the last task ends
  };
  static void ended(State& state, const std::shared_ptr<Task>& task, std::exception_ptr error);

  boost::asio::any_io_executor executor_;
  std::shared_ptr<State> state_;
  bool stopped_ = false;
};

} // namespace homespool::net
