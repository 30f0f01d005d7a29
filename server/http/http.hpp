// HTTP/1.1 for the status page, health, metrics and the control socket: one conversation over a Stream, by
// Boost.Beast's parser and serializer. Requests and answers are small and held in memory; nothing else is
// served by it.
//
// Threads: the stream's.
#pragma once

#include "net/stream.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace homespool::server::http {

struct Request {
  std::string method; // "GET"
  std::string path;   // without the query
  std::string body;   // 64 KiB at most
  bool local = false; // came over the control socket: may change things
};

struct Response {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

using Handler = std::function<net::Awaitable<Response>(Request)>;

// What answers at a path. `control`: only over the control socket.
struct Route {
  std::string method;
  Handler handler;
  bool control = false;
};
// By path. Shared by all connections; handlers run on the connection's thread.
using Routes = std::multimap<std::string, Route>;

// Serves requests until the peer closes, asks for the close, or is silent for 60 s.
net::Awaitable<void> serve(std::shared_ptr<const Routes> routes, std::unique_ptr<net::Stream> stream);

} // namespace homespool::server::http
