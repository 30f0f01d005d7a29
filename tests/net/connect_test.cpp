// From names and addresses to streams, on loopback only.
#include "net/connect.hpp"
#include "net/task_group.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>

using namespace homespool;
using namespace homespool::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace error = boost::asio::error;
using asio::ip::tcp;

namespace {

tcp::endpoint loopback(std::uint16_t port = 0) {
  return {asio::ip::address_v4::loopback(), port};
}

// A port on which nobody listens: bound, so that nobody else can.
struct Refusing {
  explicit Refusing(asio::io_context& io) : socket(io, loopback()) {}
  tcp::socket socket;
  tcp::endpoint endpoint() const { return socket.local_endpoint(); }
};

// A port that never answers: its queue of one is full, and the kernel drops what more comes.
struct Silent {
  explicit Silent(asio::io_context& io) : acceptor(io) {
    acceptor.open(tcp::v4());
    acceptor.bind(loopback());
    acceptor.listen(0);
    for (int i = 0; i < 3; ++i) {
      fillers.emplace_back(io);
      fillers.back().async_connect(acceptor.local_endpoint(), [](net::ErrorCode) {});
    }
  }
  tcp::acceptor acceptor;
  std::vector<tcp::socket> fillers;
};

} // namespace

TEST_CASE("numbers need no lookup") {
  const auto v4 = run(net::resolve("192.0.2.7", 995, 1s));
  REQUIRE(v4.has_value());
  REQUIRE(v4->size() == 1);
  CHECK(v4->front() == tcp::endpoint(asio::ip::make_address("192.0.2.7"), 995));
  const auto v6 = run(net::resolve("2001:db8::1", 110, 1s));
  REQUIRE(v6.has_value());
  CHECK(v6->front() == tcp::endpoint(asio::ip::make_address("2001:db8::1"), 110));
}

TEST_CASE("localhost is looked up on a thread and comes back with the port") {
  const auto found = run(net::resolve("localhost", 110, 10s));
  REQUIRE(found.has_value());
  REQUIRE_FALSE(found->empty());
  CHECK(found->front().address().is_loopback());
  CHECK(found->front().port() == 110);
}

TEST_CASE("a lookup may be abandoned together with its io_context") {
  int abandoned = 0;
  for (int i = 0; i < 20; ++i) {
    asio::io_context io(1);
    Running lookup(io, net::resolve("localhost", 110, 10s));
    io.poll();
    ++abandoned;
  }
  CHECK(abandoned == 20); // and no sanitizer complained
}

TEST_CASE("the first address that answers wins") {
  asio::io_context io(1);
  tcp::acceptor acceptor(io, loopback());
  const Refusing refusing(io);
  const auto stream = run(io, net::connect({refusing.endpoint(), acceptor.local_endpoint()}, 5s));
  REQUIRE(stream.has_value());
  CHECK((*stream)->peer().port == acceptor.local_endpoint().port());
}

TEST_CASE("when every address refuses the error is the first one's") {
  asio::io_context io(1);
  const Refusing one(io);
  const Refusing other(io);
  const auto stream = run(io, net::connect({one.endpoint(), other.endpoint()}, 5s));
  REQUIRE(stream.has_error());
  CHECK(stream.error() == error::connection_refused);
}

TEST_CASE("no address at all is a name that was not found") {
  const auto stream = run(net::connect({}, 5s));
  REQUIRE(stream.has_error());
  CHECK(stream.error() == error::host_not_found);
}

TEST_CASE("a silent address is given up at the limit, and cancelling ends the wait before") {
  asio::io_context io(1);
  const Silent silent(io);
  settle(io);
  const auto stream = run(io, net::connect({silent.acceptor.local_endpoint()}, 1s));
  REQUIRE(stream.has_error());
  CHECK(stream.error() == error::timed_out);
}

namespace {

net::Awaitable<void> connect_and_note(tcp::endpoint endpoint, net::ErrorCode& ended) {
  std::vector<tcp::endpoint> endpoints(1, endpoint);
  const auto stream = co_await net::connect(std::move(endpoints), 1h);
  if (!stream) ended = stream.error();
}

} // namespace

TEST_CASE("connecting ends when the coroutine is cancelled") {
  asio::io_context io(1);
  const Silent silent(io);
  settle(io);
  net::ErrorCode ended;
  net::TaskGroup group(io.get_executor(), nullptr);
  group.spawn(connect_and_note(silent.acceptor.local_endpoint(), ended));
  settle(io);
  REQUIRE(group.size() == 1);
  group.cancel();
  run(io, group.join());
  CHECK(ended == error::operation_aborted);
}
