#include "server/http/http.hpp"

#include "net/line_reader.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <spdlog/spdlog.h>
#include <sstream>

namespace homespool::server::http {
namespace {

namespace beast_http = boost::beast::http;
using Parser = beast_http::request_parser<beast_http::string_body>;

constexpr std::uint32_t kHeaderLimit = 16 * 1024;
constexpr std::uint64_t kBodyLimit = 64 * 1024;
constexpr std::chrono::seconds kSilence{60};
// A handler may take this long (`fetch` waits for a poll) without the peer having to say anything.
constexpr std::chrono::minutes kWrite{2};

// Reads one request into `parser`. False at the end of the conversation; `bad` tells that it ended in bytes
// that are no request.
net::Awaitable<bool> read_request(net::LineReader& reader, Parser& parser, bool& bad) {
  parser.eager(true);
  std::size_t held = 0;
  while (!parser.is_done()) {
    const auto bytes = co_await reader.peek_more(held);
    if (!bytes) {
      co_return false;
    }
    boost::system::error_code error;
    const std::size_t used = parser.put(boost::asio::buffer(bytes->data(), bytes->size()), error);
    held = bytes->size() - used;
    reader.consume(used);
    if (error && error != beast_http::error::need_more) {
      bad = true;
      co_return false;
    }
  }
  co_return true;
}

Response plain(unsigned status, std::string text) {
  Response response;
  response.status = status;
  response.body = std::move(text);
  return response;
}

std::string rendered(const Response& response, unsigned version, bool keep_alive, bool head) {
  beast_http::response<beast_http::string_body> message;
  message.version(version);
  message.result(response.status);
  message.set(beast_http::field::content_type, response.type);
  message.set(beast_http::field::cache_control, "no-store");
  message.set("X-Content-Type-Options", "nosniff");
  message.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  message.keep_alive(keep_alive);
  message.body() = response.body;
  message.prepare_payload();
  std::ostringstream out;
  if (head) {
    beast_http::response<beast_http::empty_body> only_header{message.base()};
    out << only_header;
  } else {
    out << message;
  }
  return out.str();
}

net::Awaitable<Response> answer(std::shared_ptr<const Routes> routes, Request request) {
  const bool head = request.method == "HEAD";
  const auto [first, last] = routes->equal_range(request.path);
  if (first == last) {
    co_return plain(404, "there is nothing here\n");
  }
  const auto route = std::find_if(
      first, last, [&](const auto& entry) { return entry.second.method == (head ? "GET" : request.method); });
  if (route == last) {
    co_return plain(405, "not with this method\n");
  }
  if (route->second.control && !request.local) {
    co_return plain(403, "only over the control socket\n");
  }
  std::string surprise;
  try {
    co_return co_await route->second.handler(std::move(request));
  } catch (const std::exception& error) {
    surprise = error.what();
  }
  spdlog::error("http: {} failed: {}", route->first, surprise);
  co_return plain(500, "this failed: " + surprise + "\n");
}

} // namespace

net::Awaitable<void> serve(std::shared_ptr<const Routes> routes, std::unique_ptr<net::Stream> stream) {
  net::LineReader reader(*stream);
  const bool local = stream->peer().address.empty();
  bool more = true;
  while (more) {
    Parser parser;
    parser.header_limit(kHeaderLimit);
    parser.body_limit(kBodyLimit);
    stream->expires_after(kSilence);
    bool bad = false;
    const bool got = co_await read_request(reader, parser, bad);
    if (!got && !bad) {
      break;
    }
    unsigned version = 11;
    bool head = false;
    Response response = plain(400, "that is no request\n");
    if (got) {
      const auto& message = parser.get();
      version = message.version();
      more = message.keep_alive();
      Request request;
      request.method = std::string(message.method_string());
      request.path = std::string(message.target().substr(0, message.target().find('?')));
      request.body = message.body();
      request.local = local;
      head = request.method == "HEAD";
      stream->expires_after(std::chrono::hours{1});
      response = co_await answer(routes, std::move(request));
    } else {
      more = false;
    }
    const std::string text = rendered(response, version, more, head);
    stream->expires_after(kWrite);
    const auto error = co_await stream->write(std::string_view(text));
    if (error) {
      break;
    }
  }
  stream->close();
}

} // namespace homespool::server::http
