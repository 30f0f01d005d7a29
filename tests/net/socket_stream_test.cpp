// Plain and TLS streams over real sockets: bytes, deadlines, interruption, cancellation.
#include "net/task_group.hpp"
#include "tests/net/loopback.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include <array>

using namespace homespool;
using namespace homespool::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace error = boost::asio::error;

namespace {

enum class Kind { plain, tls };

SocketPair open_pair(asio::io_context& io, Kind kind) {
  SocketPair pair = socket_pair(io);
  if (kind == Kind::plain) return pair;
  static const Certificates certificates;
  Running at_server(io, pair.server->start_tls(certificates.server(), ""));
  REQUIRE_FALSE(run(io, pair.client->start_tls(certificates.client(), "mail.test")));
  run_until(io, [&] { return at_server.done(); });
  return pair;
}

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 12345;
  for (char& c : bytes) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24U);
  }
  return bytes;
}

// Writes in pieces of odd sizes, several buffers at once.
net::Awaitable<net::ErrorCode> write_pieces(net::Stream& stream, const std::string& bytes,
                                            std::size_t piece) {
  for (std::size_t at = 0; at < bytes.size();) {
    std::vector<asio::const_buffer> buffers;
    for (int i = 0; i < 100 && at < bytes.size(); ++i) {
      const std::size_t size = std::min({piece * (1 + i % 7), bytes.size() - at});
      buffers.emplace_back(bytes.data() + at, size);
      buffers.emplace_back(bytes.data(), 0);
      at += size;
    }
    const std::span<const asio::const_buffer> all(buffers);
    const net::ErrorCode failed = co_await stream.write(all);
    if (failed) co_return failed;
  }
  co_return net::ErrorCode();
}

net::Awaitable<std::string> read_bytes(net::Stream& stream, std::size_t wanted, std::size_t chunk) {
  std::string got;
  std::vector<char> space(chunk);
  while (got.size() < wanted) {
    const auto size = co_await stream.read_some(asio::buffer(space));
    if (!size) co_return got;
    got.append(space.data(), *size);
  }
  co_return got;
}

// Writes until the peer's window is full; then whatever ends the write.
net::Awaitable<net::ErrorCode> write_for_ever(net::Stream& stream) {
  const std::string bytes(1 << 20, 'x');
  for (;;) {
    const net::ErrorCode ended = co_await stream.write(bytes);
    if (ended) co_return ended;
  }
}

net::Awaitable<net::ErrorCode> read_error(net::Stream& stream) {
  std::array<char, 16> space{};
  const auto got = co_await stream.read_some(asio::buffer(space));
  co_return got ? net::ErrorCode() : got.error();
}

} // namespace

TEST_CASE("ten megabytes go each way at once, in pieces of any size") {
  const Kind kind = GENERATE(Kind::plain, Kind::tls);
  const std::size_t piece = GENERATE(17, 4099, 300'007);
  asio::io_context io(1);
  const SocketPair pair = open_pair(io, kind);
  const std::string bytes = pattern(10 << 20);
  Running to_server(io, write_pieces(*pair.client, bytes, piece));
  Running to_client(io, write_pieces(*pair.server, bytes, piece));
  Running at_server(io, read_bytes(*pair.server, bytes.size(), 65'521));
  Running at_client(io, read_bytes(*pair.client, bytes.size(), 8'191));
  run_until(io, [&] { return to_server.done() && to_client.done() && at_server.done() && at_client.done(); });
  CHECK_FALSE(to_server.get());
  CHECK_FALSE(to_client.get());
  CHECK((at_server.get() == bytes));
  CHECK((at_client.get() == bytes));
}

TEST_CASE("the end of a stream is a value") {
  const Kind kind = GENERATE(Kind::plain, Kind::tls);
  asio::io_context io(1);
  const SocketPair pair = open_pair(io, kind);
  REQUIRE_FALSE(run(io, pair.server->write("last words")));
  pair.server->close();
  CHECK(run(io, read_bytes(*pair.client, 10, 4)) == "last words");
  CHECK(run(io, read_error(*pair.client)) == error::eof);
  CHECK(run(io, read_error(*pair.server)) == error::operation_aborted);
  CHECK(run(io, pair.server->write("x")) == error::operation_aborted);
}

TEST_CASE("what was said before a close arrives though the peer has sent bytes that nobody read") {
  asio::io_context io(1);
  const SocketPair pair = open_pair(io, Kind::plain);
  REQUIRE_FALSE(run(io, pair.client->write("unread")));
  REQUIRE_FALSE(run(io, pair.server->write("* BYE\r\n")));
  pair.server->close();
  CHECK(run(io, read_bytes(*pair.client, 7, 16)) == "* BYE\r\n");
  CHECK(run(io, read_error(*pair.client)) == error::eof);
}

TEST_CASE("a reader that waits is told when the stream is closed here") {
  const Kind kind = GENERATE(Kind::plain, Kind::tls);
  asio::io_context io(1);
  const SocketPair pair = open_pair(io, kind);
  Running read(io, read_error(*pair.client));
  settle(io);
  REQUIRE_FALSE(read.done());
  pair.client->close();
  run_until(io, [&] { return read.done(); });
  CHECK(read.get() == error::operation_aborted);
}

TEST_CASE("wait_readable returns when bytes are there and takes none") {
  const Kind kind = GENERATE(Kind::plain, Kind::tls);
  asio::io_context io(1);
  const SocketPair pair = open_pair(io, kind);
  Running wait(io, pair.server->wait_readable());
  settle(io);
  REQUIRE_FALSE(wait.done());
  REQUIRE_FALSE(run(io, pair.client->write("all of it")));
  run_until(io, [&] { return wait.done(); });
  CHECK_FALSE(wait.get());
  CHECK_FALSE(run(io, pair.server->wait_readable()));
  CHECK(run(io, read_bytes(*pair.server, 9, 64)) == "all of it");
  pair.client->close();
  CHECK_FALSE(run(io, pair.server->wait_readable()));
  CHECK(run(io, read_error(*pair.server)) == error::eof);
}

TEST_CASE("whether bytes wait to be read is seen without reading or waiting") {
  const Kind kind = GENERATE(Kind::plain, Kind::tls);
  asio::io_context io(1);
  const SocketPair pair = open_pair(io, kind);
  CHECK_FALSE(pair.client->bytes_wait()); // what TLS itself sends is none
  REQUIRE_FALSE(run(io, pair.server->write("stray")));
  REQUIRE_FALSE(run(io, pair.client->wait_readable()));
  CHECK(pair.client->bytes_wait());
  CHECK(run(io, read_bytes(*pair.client, 5, 64)) == "stray");
  CHECK_FALSE(pair.client->bytes_wait());
  pair.server->close();
  REQUIRE_FALSE(run(io, pair.client->wait_readable()));
  CHECK_FALSE(pair.client->bytes_wait());
  CHECK(run(io, read_error(*pair.client)) == error::eof);
  pair.client->close();
  CHECK_FALSE(pair.client->bytes_wait());
}

TEST_CASE("an interrupt ends the pending read, or the next, once, and loses no byte") {
  const Kind kind = GENERATE(Kind::plain, Kind::tls);
  asio::io_context io(1);
  const SocketPair pair = open_pair(io, kind);
  Running read(io, read_error(*pair.server));
  settle(io);
  pair.server->interrupt();
  run_until(io, [&] { return read.done(); });
  CHECK(read.get() == error::interrupted);

  REQUIRE_FALSE(run(io, pair.client->write("kept")));
  REQUIRE_FALSE(run(io, pair.server->wait_readable()));
  pair.server->interrupt();
  CHECK(run(io, read_error(*pair.server)) == error::interrupted);
  CHECK(run(io, read_bytes(*pair.server, 4, 1)) == "kept");
}

TEST_CASE("an interrupt at any moment of a transfer loses nothing in either direction") {
  const Kind kind = GENERATE(Kind::plain, Kind::tls);
  asio::io_context io(1);
  const SocketPair pair = open_pair(io, kind);
  const std::string bytes = pattern(4 << 20);
  Running write(io, write_pieces(*pair.client, bytes, 70'001));
  Running write_back(io, write_pieces(*pair.server, bytes, 70'001));
  std::string got;
  std::string got_back;
  unsigned turns = 0;
  const auto read_one = [&io](net::Stream& stream, std::string& into) {
    std::array<char, 30'000> space;
    const auto size = run(io, stream.read_some(asio::buffer(space)));
    if (size)
      into.append(space.data(), *size);
    else
      REQUIRE(size.error() == error::interrupted);
  };
  while (got.size() < bytes.size() || got_back.size() < bytes.size()) {
    if (++turns % 3 == 0) pair.client->interrupt();
    if (turns % 5 == 0) pair.server->interrupt();
    if (got.size() < bytes.size()) read_one(*pair.server, got);
    if (got_back.size() < bytes.size()) read_one(*pair.client, got_back);
  }
  run_until(io, [&] { return write.done() && write_back.done(); });
  CHECK((got == bytes));
  CHECK((got_back == bytes));
}

TEST_CASE("a read ends when its deadline passes, also one set while it waits") {
  const Kind kind = GENERATE(Kind::plain, Kind::tls);
  asio::io_context io(1);
  const SocketPair pair = open_pair(io, kind);
  pair.client->expires_after(1h);
  Running read(io, read_error(*pair.client));
  settle(io);
  REQUIRE_FALSE(read.done());
  pair.client->expires_after(20ms);
  run_until(io, [&] { return read.done(); });
  CHECK(read.get() == error::timed_out);
  CHECK(run(io, read_error(*pair.client)) == error::timed_out);
  pair.client->expires_after(1h);
  REQUIRE_FALSE(run(io, pair.server->write("x")));
  CHECK_FALSE(run(io, read_error(*pair.client)));
}

TEST_CASE("a later deadline holds in the place of an earlier one") {
  asio::io_context io(1);
  const SocketPair pair = open_pair(io, Kind::plain);
  const auto begun = std::chrono::steady_clock::now();
  pair.client->expires_after(5ms);
  Running read(io, read_error(*pair.client));
  settle(io);
  pair.client->expires_after(60ms);
  run_until(io, [&] { return read.done(); });
  CHECK(read.get() == error::timed_out);
  CHECK(std::chrono::steady_clock::now() - begun >= 60ms);
}

TEST_CASE("a write to a peer that does not read ends with the deadline") {
  const Kind kind = GENERATE(Kind::plain, Kind::tls);
  asio::io_context io(1);
  const SocketPair pair = open_pair(io, kind);
  pair.client->expires_after(50ms);
  CHECK(run(io, write_for_ever(*pair.client)) == error::timed_out);
}

TEST_CASE("a write goes on through an interrupt") {
  const Kind kind = GENERATE(Kind::plain, Kind::tls);
  asio::io_context io(1);
  const SocketPair pair = open_pair(io, kind);
  const std::string bytes = pattern(20 << 20);
  Running write(io, write_pieces(*pair.client, bytes, 1 << 20));
  settle(io);
  REQUIRE_FALSE(write.done());
  pair.client->interrupt();
  settle(io);
  REQUIRE_FALSE(write.done());
  CHECK((run(io, read_bytes(*pair.server, bytes.size(), 1 << 16)) == bytes));
  run_until(io, [&] { return write.done(); });
  CHECK_FALSE(write.get());
  CHECK(run(io, read_error(*pair.client)) == error::interrupted);
}

namespace {

net::Awaitable<void> note_end(net::Awaitable<net::ErrorCode> operation, net::ErrorCode& ended) {
  ended = co_await std::move(operation);
}

} // namespace

TEST_CASE("a cancelled coroutine leaves its read or write") {
  const Kind kind = GENERATE(Kind::plain, Kind::tls);
  asio::io_context io(1);
  const SocketPair pair = open_pair(io, kind);
  std::vector<net::ErrorCode> ended(3);
  net::TaskGroup group(io.get_executor(), nullptr);
  group.spawn(note_end(read_error(*pair.client), ended[0]));
  group.spawn(note_end(write_for_ever(*pair.client), ended[1]));
  group.spawn(note_end(pair.server->wait_readable(), ended[2]));
  settle(io);
  CHECK(group.size() >= 2);
  group.cancel();
  run(io, group.join());
  CHECK(ended[0] == error::operation_aborted);
  CHECK(ended[1] == error::operation_aborted);
}

TEST_CASE("a stream may go while its timer runs and its io_context goes on") {
  asio::io_context io(1);
  SocketPair pair = open_pair(io, Kind::plain);
  pair.client->expires_after(5ms);
  Running read(io, read_error(*pair.client));
  settle(io);
  REQUIRE_FALSE(run(io, pair.server->write("x")));
  run_until(io, [&] { return read.done(); });
  pair.client.reset();
  io.restart();
  io.run_for(20ms);
  CHECK_FALSE(read.get());
}

TEST_CASE("a peer that floods does not starve the others") {
  const Kind kind = GENERATE(Kind::plain, Kind::tls);
  asio::io_context io(1);
  const SocketPair pair = open_pair(io, kind);
  // Both ends in one thread: if either never let go, the first read would never end.
  Running write(io, write_for_ever(*pair.server));
  Running read(io, read_bytes(*pair.client, 64 << 20, 1 << 16));
  bool posted = false;
  unsigned handlers = 0;
  while (!read.done() && handlers < 50) {
    asio::post(io, [&] { posted = true; });
    io.restart();
    io.run_one();
    ++handlers;
  }
  CHECK(posted);
  pair.client->close();
  pair.server->close();
  run_until(io, [&] { return read.done() && write.done(); });
}

TEST_CASE("a broken connection is an error and raises no signal") {
  const Kind kind = GENERATE(Kind::plain, Kind::tls);
  asio::io_context io(1);
  SocketPair pair = open_pair(io, kind);
  pair.server.reset();
  net::ErrorCode ended;
  for (int i = 0; i < 100 && !ended; ++i) ended = run(io, pair.client->write("into the void"));
  CHECK(ended);
}

TEST_CASE("a silent peer in a handshake is given up at the deadline") {
  const Certificates certificates;
  asio::io_context io(1);
  const SocketPair pair = socket_pair(io);
  pair.client->expires_after(20ms);
  CHECK(run(io, pair.client->start_tls(certificates.client(), "mail.test")) == error::timed_out);
}

TEST_CASE("the peer is known by its numeric address") {
  asio::io_context io(1);
  const SocketPair pair = socket_pair(io);
  CHECK(pair.server->peer().address == "127.0.0.1");
  CHECK(pair.server->peer().port != 0);
  CHECK(pair.server->peer().loopback);
}
