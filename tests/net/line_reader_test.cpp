// Lines and counted bytes, however the network cuts them.
#include "net/line_reader.hpp"
#include "tests/support/memory_stream.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/error.hpp>
#include <catch2/catch.hpp>

#include <vector>

using namespace homespool;
using namespace homespool::test;
namespace error = boost::asio::error;

namespace {

struct Lines {
  std::vector<std::string> lines;
  std::vector<bool> bare;
  net::ErrorCode end;
};

net::Awaitable<Lines> read_all(net::Stream& stream, std::size_t limit, net::LineEnd ends) {
  net::LineReader reader(stream);
  Lines all;
  for (;;) {
    const auto line = co_await reader.read_line(limit, ends);
    if (!line) {
      all.end = line.error();
      co_return all;
    }
    all.lines.emplace_back(*line);
    all.bare.push_back(reader.ended_in_bare_lf());
  }
}

Lines lines_of(std::string_view input, std::size_t chunk, std::size_t limit, net::LineEnd ends) {
  boost::asio::io_context io(1);
  MemoryPeer peer(io.get_executor());
  peer.stream().cut_reads(chunk);
  peer.send(input);
  peer.end();
  return run(io, read_all(peer.stream(), limit, ends));
}

} // namespace

TEST_CASE("lines are the same however the network cuts them") {
  const std::string input = "one\r\n\r\ntwo\nthree\rx\r\n\n\r\r\nlast\r\nrest";
  const std::vector<std::string> expected{"one", "", "two", "three\rx", "", "\r", "last"};
  for (std::size_t chunk = 1; chunk <= input.size(); ++chunk) {
    const Lines all = lines_of(input, chunk, 100, net::LineEnd::crlf_or_lf);
    CHECK(all.lines == expected);
    CHECK(all.bare == std::vector<bool>{false, false, true, false, true, false, false});
    CHECK(all.end == error::eof);
  }
}

TEST_CASE("a bare LF is part of the line where only CRLF ends one") {
  const std::string input = "a\nb\r\n\nc\r\n";
  for (std::size_t chunk = 1; chunk <= input.size(); ++chunk) {
    const Lines all = lines_of(input, chunk, 100, net::LineEnd::crlf_only);
    CHECK(all.lines == std::vector<std::string>{"a\nb", "\nc"});
  }
}

TEST_CASE("a line of exactly the limit passes and one byte more does not, however it is cut") {
  for (std::size_t chunk = 1; chunk <= 12; ++chunk) {
    CHECK(lines_of("12345678\r\n", chunk, 10, net::LineEnd::crlf_or_lf).lines.size() == 1);
    const Lines longer = lines_of("123456789\r\n", chunk, 10, net::LineEnd::crlf_or_lf);
    CHECK(longer.lines.empty());
    CHECK(longer.end == error::message_size);
  }
}

namespace {

net::Awaitable<std::string> skip_then_read(net::Stream& stream) {
  net::LineReader reader(stream);
  const auto refused = co_await reader.read_line(10);
  if (refused || refused.error() != error::message_size) co_return "the long line was not refused";
  const net::ErrorCode skipped = co_await reader.skip_line(1000);
  if (skipped) co_return skipped.message();
  const auto next = co_await reader.read_line(10);
  co_return next ? std::string(*next) : next.error().message();
}

net::Awaitable<std::string> read_counted(net::Stream& stream, std::size_t wanted) {
  net::LineReader reader(stream);
  std::string got;
  while (got.size() < wanted) {
    const auto some = co_await reader.peek();
    if (!some) co_return some.error().message();
    const std::string_view part = some->substr(0, wanted - got.size());
    got += part;
    reader.consume(part.size());
  }
  const auto line = co_await reader.read_line(100);
  if (!line) co_return line.error().message();
  co_return got + "|" + std::string(*line);
}

net::Awaitable<std::size_t> peek_until(net::Stream& stream, std::size_t wanted) {
  net::LineReader reader(stream);
  std::size_t have = 0;
  while (have < wanted) {
    const auto more = co_await reader.peek_more(have);
    if (!more) co_return have;
    have = more->size();
  }
  co_return have;
}

} // namespace

TEST_CASE("a line that was too long can be skipped, and the next is read whole") {
  const std::string input = std::string(300, 'x') + "\r\nnext\r\n";
  for (std::size_t chunk = 1; chunk <= 40; ++chunk) {
    boost::asio::io_context io(1);
    MemoryPeer peer(io.get_executor());
    peer.stream().cut_reads(chunk);
    peer.send(input);
    CHECK(run(io, skip_then_read(peer.stream())) == "next");
  }
}

TEST_CASE("counted bytes and lines follow each other") {
  const std::string body = "a\r\nb\nc\r\n.\r\n";
  for (std::size_t chunk = 1; chunk <= body.size() + 6; ++chunk) {
    boost::asio::io_context io(1);
    MemoryPeer peer(io.get_executor());
    peer.stream().cut_reads(chunk);
    peer.send(body + "line\r\n");
    CHECK(run(io, read_counted(peer.stream(), body.size())) == body + "|line");
  }
}

TEST_CASE("peek_more grows past one fill") {
  boost::asio::io_context io(1);
  MemoryPeer peer(io.get_executor());
  peer.send(std::string(300'000, 'x'));
  peer.end();
  CHECK(run(io, peek_until(peer.stream(), 300'000)) == 300'000);
}

TEST_CASE("an interrupted line goes on where it was") {
  boost::asio::io_context io(1);
  MemoryPeer peer(io.get_executor());
  net::LineReader reader(peer.stream());
  peer.send("half ");
  Running first(io, reader.read_line(100));
  settle(io);
  REQUIRE_FALSE(first.done());
  peer.stream().interrupt();
  settle(io);
  REQUIRE(first.done());
  CHECK(first.get().error() == error::interrupted);
  peer.send("whole\r\n");
  const auto line = run(io, reader.read_line(100));
  REQUIRE(line);
  CHECK(*line == "half whole");
}

TEST_CASE("a deadline ends a line that does not come") {
  boost::asio::io_context io(1);
  FakeClock clock;
  MemoryPeer peer(io.get_executor(), &clock);
  net::LineReader reader(peer.stream());
  peer.stream().expires_after(std::chrono::seconds{60});
  Running line(io, reader.read_line(100));
  settle(io);
  clock.advance(std::chrono::seconds{59});
  settle(io);
  CHECK_FALSE(line.done());
  clock.advance(std::chrono::seconds{1});
  settle(io);
  REQUIRE(line.done());
  CHECK(line.get().error() == error::timed_out);
}
