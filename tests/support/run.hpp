// Runs a coroutine to its end inside a plain test function.
//
// A test that would hang fails instead: after too many handlers, or when nothing happens for ten seconds.
// Threads: the test's.
#pragma once

#include "net/stream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <type_traits>

namespace homespool::test {

constexpr std::size_t kHandlers = 5'000'000;

// Runs handlers until `done()`.
template <class Done>
void run_until(boost::asio::io_context& io, Done done, std::size_t most = kHandlers) {
  for (std::size_t i = 0; !done(); ++i) {
    if (i == most) throw std::runtime_error("the coroutine did not end after that many handlers");
    io.restart();
    if (io.run_one_for(std::chrono::seconds{10}) == 0) throw std::runtime_error("nothing happens any more");
  }
}

// Runs what can run now, without waiting for anything.
inline void settle(boost::asio::io_context& io) {
  io.restart();
  while (io.poll() > 0) io.restart();
}

// What `task` returns, or the exception that leaves it.
template <class T>
T run(boost::asio::io_context& io, net::Awaitable<T> task, std::size_t most = kHandlers) {
  bool done = false;
  std::exception_ptr error;
  if constexpr (std::is_void_v<T>) {
    boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr thrown) {
      error = std::move(thrown);
      done = true;
    });
    run_until(
        io, [&] { return done; }, most);
    if (error) std::rethrow_exception(error);
  } else {
    std::optional<T> result;
    boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr thrown, T value) {
      error = std::move(thrown);
      if (!error) result.emplace(std::move(value));
      done = true;
    });
    run_until(
        io, [&] { return done; }, most);
    if (error) std::rethrow_exception(error);
    return std::move(*result);
  }
}

template <class T>
T run(net::Awaitable<T> task) {
  boost::asio::io_context io(1);
  return run(io, std::move(task));
}

// A coroutine that runs beside the test; its result is there when done() is true.
template <class T>
class Running {
 public:
  Running(boost::asio::io_context& io, net::Awaitable<T> task) {
    if constexpr (std::is_void_v<T>) {
      boost::asio::co_spawn(io, std::move(task), [state = state_](std::exception_ptr thrown) {
        state->error = std::move(thrown);
        state->done = true;
      });
    } else {
      boost::asio::co_spawn(io, std::move(task), [state = state_](std::exception_ptr thrown, T value) {
        state->error = std::move(thrown);
        if (!state->error) state->value.emplace(std::move(value));
        state->done = true;
      });
    }
  }

  bool done() const { return state_->done; }
  // The result, or the exception.
  decltype(auto) get() {
    if (!state_->done) throw std::logic_error("still running");
    if (state_->error) std::rethrow_exception(state_->error);
    if constexpr (!std::is_void_v<T>) return (*state_->value);
  }

 private:
  struct Nothing {};
  struct State {
    bool done = false;
    std::exception_ptr error;
    std::optional<std::conditional_t<std::is_void_v<T>, Nothing, T>> value;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

} // namespace homespool::test
