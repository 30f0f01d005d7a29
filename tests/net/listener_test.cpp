// Listening sockets over the network threads.
#include "net/listener.hpp"
#include "net/local_path.hpp"
#include "net/task_group.hpp"
#include "net/threads.hpp"
#include "tests/net/loopback.hpp"
#include "tests/support/run.hpp"

#include <catch2/catch.hpp>

#include <condition_variable>
#include <future>
#include <mutex>
#include <set>
#include <sys/stat.h>

using namespace homespool;
using namespace homespool::test;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// What was accepted, gathered from all network threads.
struct Accepted {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::size_t> threads;
  std::vector<std::thread::id> ran_on;

  net::Listener::Serve serve() {
    return [this](std::size_t thread, const std::unique_ptr<net::Stream>&) {
      const std::lock_guard lock(mutex);
      threads.push_back(thread);
      ran_on.push_back(std::this_thread::get_id());
      changed.notify_all();
    };
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds{10}, [&] { return threads.size() >= count; });
  }
};

config::ListenAddress any_port(const std::string& address) {
  config::ListenAddress listen;
  listen.address = address;
  return listen;
}

} // namespace

TEST_CASE("connections are spread over all network threads and served there") {
  Accepted accepted;
  net::NetworkThreads threads(2);
  const auto listener = net::Listener::bind(threads, any_port("127.0.0.1"), accepted.serve());
  REQUIRE(listener.has_value());
  REQUIRE((*listener)->port() != 0);
  (*listener)->start();
  asio::io_context io(1);
  std::vector<tcp::socket> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back(io);
    clients.back().connect(tcp::endpoint(asio::ip::address_v4::loopback(), (*listener)->port()));
  }
  REQUIRE(accepted.wait_for(8));
  CHECK(std::count(accepted.threads.begin(), accepted.threads.end(), 0U) == 4);
  CHECK(std::count(accepted.threads.begin(), accepted.threads.end(), 1U) == 4);
  CHECK(std::set(accepted.ran_on.begin(), accepted.ran_on.end()).size() == 2);
}

TEST_CASE("a port in use is a sentence, and is free again after stop") {
  Accepted accepted;
  net::NetworkThreads threads(1);
  auto first = net::Listener::bind(threads, any_port("127.0.0.1"), accepted.serve());
  REQUIRE(first.has_value());
  (*first)->start();
  config::ListenAddress same = any_port("127.0.0.1");
  same.port = (*first)->port();
  const auto second = net::Listener::bind(threads, same, accepted.serve());
  REQUIRE(second.has_error());
  CHECK(second.error() ==
        "cannot listen on 127.0.0.1:" + std::to_string(same.port) + ": address already in use");
  (*first)->stop();
  const auto third = net::Listener::bind(threads, same, accepted.serve());
  if (!third) FAIL(third.error());
  (*third)->start();
  asio::io_context io(1);
  tcp::socket client(io);
  client.connect(tcp::endpoint(asio::ip::address_v4::loopback(), same.port));
  CHECK(accepted.wait_for(1));
}

TEST_CASE("an address that is none is a sentence") {
  net::NetworkThreads threads(1);
  const auto listener = net::Listener::bind(threads, any_port("localhost"), nullptr);
  REQUIRE(listener.has_error());
  CHECK(listener.error() == "cannot listen on localhost:0: not a numeric address");
}

TEST_CASE("a listener on IPv6 leaves IPv4 alone") {
  Accepted accepted;
  net::NetworkThreads threads(1);
  const auto v6 = net::Listener::bind(threads, any_port("::"), accepted.serve());
  if (!v6) {
    WARN("this machine has no IPv6: " << v6.error());
    return;
  }
  config::ListenAddress same = any_port("0.0.0.0");
  same.port = (*v6)->port();
  CHECK(net::Listener::bind(threads, same, accepted.serve()).has_value());
}

TEST_CASE("a local socket is for its owner only and goes with the listener") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "control.sock";
  Accepted accepted;
  net::NetworkThreads threads(1);
  {
    const auto listener = net::Listener::bind_local(threads, path, accepted.serve());
    REQUIRE(listener.has_value());
    (*listener)->start();
    CHECK((*listener)->port() == 0);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
    asio::io_context io(1);
    asio::local::stream_protocol::socket client(io);
    client.connect(asio::local::stream_protocol::endpoint(path.string()));
    CHECK(accepted.wait_for(1));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a local socket may lie deeper than the kernel's 107 bytes") {
  const TemporaryFolder folder;
  const auto deep = folder.path() / std::string(100, 'd') / std::string(100, 'e');
  std::filesystem::create_directories(deep);
  const auto path = deep / "control.sock";
  Accepted accepted;
  net::NetworkThreads threads(1);
  const auto listener = net::Listener::bind_local(threads, path, accepted.serve());
  REQUIRE(listener.has_value());
  (*listener)->start();
  CHECK(std::filesystem::is_socket(path));
  asio::io_context io(1);
  asio::local::stream_protocol::socket client(io);
  const net::LocalPath shortened(path);
  client.connect(asio::local::stream_protocol::endpoint(shortened.name()));
  CHECK(accepted.wait_for(1));
}

TEST_CASE("a listening socket that was handed over is used as it is") {
  Accepted accepted;
  net::NetworkThreads threads(1);
  asio::io_context io(1);
  tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto endpoint = acceptor.local_endpoint();
  const auto listener = net::Listener::adopt(threads, acceptor.release(), accepted.serve());
  REQUIRE(listener.has_value());
  CHECK((*listener)->port() == endpoint.port());
  (*listener)->start();
  tcp::socket client(io);
  client.connect(endpoint);
  CHECK(accepted.wait_for(1));
}

namespace {

net::Awaitable<void> work_then_await(net::WorkerPool& pool, std::function<int()> work, int& got) {
  got = co_await net::run_on(pool, std::move(work));
  const auto executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable);
  got = -1;
}

} // namespace

TEST_CASE("work on the pool is not cancelled: the caller is, once it is done") {
  net::WorkerPool pool(1);
  asio::io_context io(1);
  net::TaskGroup group(io.get_executor(), nullptr);
  std::promise<void> begun;
  std::promise<void> cancelled;
  int got = 0;
  std::function<int()> work = [&] {
    begun.set_value();
    cancelled.get_future().wait();
    return 7;
  };
  group.spawn(work_then_await(pool, work, got));
  while (io.poll() > 0) {
  }
  begun.get_future().wait();
  group.cancel();
  cancelled.set_value();
  io.restart();
  io.run();
  CHECK(got == 7);
  pool.join();
}

TEST_CASE("work on the pool comes back to the network thread that asked") {
  net::WorkerPool pool(1);
  asio::io_context io(1);
  const auto here = std::this_thread::get_id();
  std::function<std::thread::id()> work = [] { return std::this_thread::get_id(); };
  CHECK(run(io, net::run_on(pool, work)) != here);
  std::function<int()> failing = []() -> int { throw std::runtime_error("surprise"); };
  CHECK_THROWS_WITH(run(io, net::run_on(pool, failing)), "surprise");
  pool.join();
}
