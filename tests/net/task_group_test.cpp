// Tasks are counted, cancelled and awaited as one.
#include "net/task_group.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/run.hpp"

#include <catch2/catch.hpp>

using namespace homespool;
using namespace homespool::test;

namespace {

net::Awaitable<void> count_up(int& counter) {
  ++counter;
  co_return;
}

net::Awaitable<void> sleep_long(FakeClock& clock, int& cancelled) {
  try {
    co_await clock.sleep_until(clock.steady() + std::chrono::hours{1});
  } catch (...) {
    ++cancelled;
    throw;
  }
}

net::Awaitable<void> fail() {
  throw std::runtime_error("surprise");
  co_return;
}

struct Group {
  boost::asio::io_context io{1};
  std::vector<std::string> surprises;
  net::TaskGroup tasks{io.get_executor(), [this](std::exception_ptr error) {
                         try {
                           std::rethrow_exception(error);
                         } catch (const std::exception& thrown) {
                           surprises.emplace_back(thrown.what());
                         }
                       }};
};

} // namespace

TEST_CASE("a spawned task starts when the io_context runs, not inside spawn") {
  Group group;
  int ran = 0;
  group.tasks.spawn(count_up(ran));
  CHECK(ran == 0);
  CHECK(group.tasks.size() == 1);
  run(group.io, group.tasks.join());
  CHECK(ran == 1);
  CHECK(group.tasks.size() == 0);
}

TEST_CASE("cancel ends every task and join returns when the last is gone") {
  Group group;
  FakeClock clock;
  int cancelled = 0;
  for (int i = 0; i < 5; ++i) group.tasks.spawn(sleep_long(clock, cancelled));
  settle(group.io);
  Running joined(group.io, group.tasks.join());
  settle(group.io);
  CHECK_FALSE(joined.done());
  group.tasks.cancel();
  settle(group.io);
  CHECK(joined.done());
  CHECK(cancelled == 5);
  CHECK(group.surprises.empty());
}

TEST_CASE("a task cancelled before it started never runs") {
  Group group;
  int ran = 0;
  group.tasks.spawn(count_up(ran));
  group.tasks.cancel();
  run(group.io, group.tasks.join());
  CHECK(ran == 0);
}

TEST_CASE("an exception is handed over and the other tasks go on") {
  Group group;
  int ran = 0;
  group.tasks.spawn(fail());
  group.tasks.spawn(count_up(ran));
  run(group.io, group.tasks.join());
  CHECK(ran == 1);
  CHECK(group.surprises == std::vector<std::string>{"surprise"});
}

TEST_CASE("nothing is spawned after stop") {
  Group group;
  int ran = 0;
  group.tasks.stop();
  group.tasks.spawn(count_up(ran));
  CHECK(group.tasks.size() == 0);
  settle(group.io);
  CHECK(ran == 0);
}

TEST_CASE("a group may go before its tasks when everything is torn down") {
  FakeClock clock;
  int cancelled = 0;
  boost::asio::io_context io(1);
  {
    net::TaskGroup tasks(io.get_executor(), nullptr);
    tasks.spawn(sleep_long(clock, cancelled));
    settle(io);
  }
  CHECK(clock.sleepers() == 1);
}
