// HTTP bodies that a route takes as they come, however they are cut.

#include "server/http/http.hpp"
#include "tests/support/memory_stream.hpp"
#include "tests/support/run.hpp"

#include <catch2/catch.hpp>

using namespace homespool;
using test::MemoryPeer;

namespace {

net::Awaitable<server::http::Response> count_body(server::http::BodyStream& body, std::size_t most) {
  std::string all;
  server::http::Response response;
  for (;;) {
    const auto piece = co_await body.next();
    if (!piece || piece->empty() || all.size() >= most) break;
    all += *piece;
  }
  response.body = all;
  co_return response;
}

std::shared_ptr<const server::http::Routes> routes(std::size_t most) {
  auto made = std::make_shared<server::http::Routes>();
  server::http::Route route;
  route.method = "POST";
  route.handler = [most](const server::http::Request& request) { return count_body(*request.stream, most); };
  route.control = route.streams = true;
  made->emplace("/take", route);
  route.streams = false;
  route.handler = [](server::http::Request request) -> net::Awaitable<server::http::Response> {
    server::http::Response response;
    response.body = "[" + request.body + "]";
    co_return response;
  };
  made->emplace("/whole", std::move(route));
  return made;
}

std::string answers(std::string_view request, std::size_t chunk, bool local = true,
                    std::size_t most = 1 << 20) {
  boost::asio::io_context io(1);
  MemoryPeer peer(io.get_executor());
  peer.stream().cut_reads(chunk);
  peer.stream().set_peer(local ? net::Peer{} : net::Peer{"192.0.2.1", 1, false});
  peer.send(request);
  peer.end();
  test::run(io, server::http::serve(routes(most), peer.take()));
  return peer.received();
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++found;
  return found;
}

const std::string kChunked = "POST /take HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";

} // namespace

TEST_CASE("A body in chunks comes whole, cut at every size, and the conversation goes on") {
  for (std::size_t chunk = 1; chunk < 60; ++chunk) {
    CAPTURE(chunk);
    const std::string got = answers(kChunked + kChunked, chunk);
    CHECK(count(got, "hello world") == 2);
    CHECK(count(got, "HTTP/1.1 200") == 2);
  }
}

TEST_CASE("A long body comes in pieces that stay small") {
  const std::string body(300'000, 'x');
  const std::string got = answers(
      "POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
      0);
  CHECK(got.ends_with(body));
}

TEST_CASE("What a route does not take of its body is not taken for a request") {
  const std::string body(200'000, 'x');
  const std::string got =
      answers("POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
                  "\r\n\r\n" + body + kChunked,
              0, true, 1);
  CHECK(count(got, "HTTP/1.1 200") == 2);
  CHECK(count(got, "hello") == 1);
}

TEST_CASE("Only the control socket may send such a body") {
  CHECK(answers(kChunked, 0, false).starts_with("HTTP/1.1 403"));
}

TEST_CASE("A body that breaks off gets no answer, one that is no body ends the conversation") {
  CHECK(answers(kChunked.substr(0, kChunked.size() - 9), 0).find("HTTP/1.1 200") != std::string::npos);
  CHECK(answers("POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel", 0).empty());
  CHECK(answers("POST /whole HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 0)
            .starts_with("HTTP/1.1 400"));
}

TEST_CASE("A body of a small route is limited") {
  const auto request = [](std::size_t size) {
    return "POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
           std::string(size, 'x');
  };
  CHECK(answers(request(64 * 1024), 0).starts_with("HTTP/1.1 200"));
  CHECK(answers(request(64 * 1024 + 1), 0).starts_with("HTTP/1.1 400"));
}
