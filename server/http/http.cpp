#include "server/http/http.hpp"

#include "net/line_reader.hpp"

#include <boost/beast/http/buffer_body.hpp>
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
using Parser = beast_http::request_parser<beast_http::buffer_body>;

constexpr std::uint32_t kHeaderLimit = 16 * 1024;
constexpr std::uint64_t kBodyLimit = 64 * 1024;
constexpr std::size_t kPiece = 64 * 1024; // of a streamed body
constexpr std::chrono::seconds kSilence{60};
constexpr std::chrono::minutes kPause{2}; // within a body
constexpr std::chrono::hours kWork{1};    // also how long a command may say nothing on the control socket
// A handler may take this long (`fetch` waits for a poll) without the peer having to say anything.
constexpr std::chrono::minutes kWrite{2};

// One request on its way in.
class Incoming final : public BodyStream {
 public:
  Incoming(net::Stream& stream, net::LineReader& reader, bool local)
      : stream_(stream), reader_(reader), local_(local) {
    parser_.header_limit(kHeaderLimit);
    parser_.body_limit(boost::none); // its readers have limits
  }

  // False when there is none: then bad() tells whether bytes came that are no request.
  net::Awaitable<bool> read_header() {
    if (local_) {
      stream_.expires_after(kWork);
    } else {
      stream_.expires_after(kSilence);
    }
    bool more = true;
    while (more && !parser_.is_header_done()) {
      more = co_await put_more();
    }
    co_return parser_.is_header_done();
  }

  net::Awaitable<net::Result<std::string_view>> next() override {
    auto& body = parser_.get().body();
    piece_.resize(kPiece);
    body.data = piece_.data();
    body.size = piece_.size();
    stream_.expires_after(kPause);
    bool more = true;
    while (more && !parser_.is_done() && body.size == piece_.size()) {
      more = co_await put_more();
    }
    if (!more) {
      co_return error_;
    }
    if (parser_.is_done()) {
      stream_.expires_after(kWork);
    }
    co_return std::string_view(piece_.data(), piece_.size() - body.size);
  }

  // All of it; nothing when it is too long or breaks off.
  net::Awaitable<std::optional<std::string>> whole() {
    std::string body;
    for (;;) {
      const auto piece = co_await next();
      if (!piece || body.size() + piece->size() > kBodyLimit) {
        bad_ = bad_ || piece.has_value();
        co_return std::nullopt;
      }
      if (piece->empty()) {
        co_return body;
      }
      body += *piece;
    }
  }

  const auto& message() const { return parser_.get(); }
  bool bad() const { return bad_; }

 private:
  // What came goes to the parser. Asks for more bytes only when it could do nothing with those at hand.
  net::Awaitable<bool> put_more() {
    const auto bytes = co_await reader_.peek_more(hungry_ ? reader_.buffered() : 0);
    if (!bytes) {
      error_ = bytes.error();
      co_return false;
    }
    boost::system::error_code error;
    const std::size_t used = parser_.put(boost::asio::buffer(bytes->data(), bytes->size()), error);
    reader_.consume(used);
    hungry_ = used == 0;
    if (error && error != beast_http::error::need_more && error != beast_http::error::need_buffer) {
      error_ = error;
      bad_ = true;
      co_return false;
    }
    co_return true;
  }

  net::Stream& stream_;
  net::LineReader& reader_;
  bool local_;
  Parser parser_;
  std::vector<char> piece_;
  net::ErrorCode error_;
  bool hungry_ = false;
  bool bad_ = false;
};

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

const Route* find_route(const Routes& routes, const Request& request, Response& refusal) {
  const auto [first, last] = routes.equal_range(request.path);
  if (first == last) {
    refusal = plain(404, "there is nothing here\n");
    return nullptr;
  }
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  const auto route =
      std::find_if(first, last, [&](const auto& entry) { return entry.second.method == method; });
  if (route == last) {
    refusal = plain(405, "not with this method\n");
    return nullptr;
  }
  if (route->second.control && !request.local) {
    refusal = plain(403, "only over the control socket\n");
    return nullptr;
  }
  return &route->second;
}

net::Awaitable<Response> answer(const Route& route, Request request) {
  const std::string path = request.path;
  std::string surprise;
  try {
    co_return co_await route.handler(std::move(request));
  } catch (const std::exception& error) {
    surprise = error.what();
  }
  spdlog::error("http: {} failed: {}", path, surprise);
  co_return plain(500, "this failed: " + surprise + "\n");
}

// What the request gets; nothing when it broke off or is too long.
net::Awaitable<std::optional<Response>> answer_incoming(std::shared_ptr<const Routes> routes,
                                                        Incoming& incoming, bool local) {
  const auto& message = incoming.message();
  Request request;
  request.method = std::string(message.method_string());
  request.path = std::string(message.target().substr(0, message.target().find('?')));
  request.local = local;
  Response response;
  const Route* route = find_route(*routes, request, response);
  if (route == nullptr || !route->streams) {
    auto body = co_await incoming.whole();
    if (!body) {
      co_return std::nullopt;
    }
    request.body = std::move(*body);
    if (route != nullptr) {
      response = co_await answer(*route, std::move(request));
    }
    co_return response;
  }
  request.stream = &incoming;
  response = co_await answer(*route, std::move(request));
  for (auto rest = co_await incoming.next(); rest && !rest->empty();) {
    rest = co_await incoming.next();
  }
  co_return response;
}

} // namespace

net::Awaitable<void> serve(std::shared_ptr<const Routes> routes, std::unique_ptr<net::Stream> stream) {
  net::LineReader reader(*stream);
  const bool local = stream->peer().address.empty();
  bool more = true;
  while (more) {
    Incoming incoming(*stream, reader, local);
    std::optional<Response> response;
    unsigned version = 11;
    bool head = false;
    if (co_await incoming.read_header()) {
      version = incoming.message().version();
      more = incoming.message().keep_alive();
      head = incoming.message().method() == beast_http::verb::head;
      response = co_await answer_incoming(routes, incoming, local);
    }
    if (!response) {
      if (!incoming.bad()) {
        break;
      }
      more = false;
      response = plain(400, "that is no request\n");
    }
    const std::string text = rendered(*response, version, more, head);
    stream->expires_after(kWrite);
    const auto error = co_await stream->write(std::string_view(text));
    if (error) {
      break;
    }
  }
  stream->close();
}

} // namespace homespool::server::http
