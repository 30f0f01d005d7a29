// HTTP/1.1 for the status page, health, metrics and the control socket: one conversation over a Stream, by
// Boost.Beast's parser and serializer. Requests and answers are small and held in memory, but for the bodies
// of routes that take them as they come.
//
// Threads: the stream's.
#pragma once

#include "net/stream.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace homespool::server::http {

// The body of a request while it comes.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  // The next bytes, 64 KiB at most; empty at the end. They hold until the next call.
  virtual net::Awaitable<net::Result<std::string_view>> next() = 0;
};

struct Request {
  std::string method;           // "GET"
  std::string path;             // without the query
  std::string body;             // 64 KiB at most; empty when it is streamed
  BodyStream* stream = nullptr; // while the handler runs, when the route streams
  bool local = false;           // came over the control socket: may change things
};

struct Response {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

using Handler = std::function<net::Awaitable<Response>(Request)>;

// What answers at a path. `control`: only over the control socket. `streams`: takes its body as it comes.
struct Route {
  std::string method;
  Handler handler;
  bool control = false;
  bool streams = false;
};
// By path. Shared by all connections; handlers run on the connection's thread.
using Routes = std::multimap<std::string, Route>;

// Serves requests until the peer closes, asks for the close, or is silent for 60 s (on the control socket, an
// hour).
net::Awaitable<void> serve(std::shared_ptr<const Routes> routes, std::unique_ptr<net::Stream> stream);

} // namespace homespool::server::http
