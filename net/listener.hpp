// Listening sockets: bound at start (or handed over by systemd), accepting on one thread, connections spread
// over all.
//
// Threads: made by main; each accepted stream lives on the network thread it was given to, and `serve` is
// called there.
#pragma once

#include "config/settings.hpp"
#include "net/stream.hpp"
#include "net/threads.hpp"

#include <functional>

namespace homespool::net {

class Listener {
 public:
  // Called on the network thread `thread` that owns the stream from now on.
  using Serve = std::function<void(std::size_t thread, std::unique_ptr<Stream> stream)>;

  // Binds and listens at once; accepts from start() on. The error is a sentence ("cannot listen on
  // 0.0.0.0:110: address already in use").
  static boost::system::result<std::unique_ptr<Listener>, std::string>
  bind(NetworkThreads& threads, const config::ListenAddress& address, Serve serve);
  // The same on a socket that is bound and listening already.
  static boost::system::result<std::unique_ptr<Listener>, std::string> adopt(NetworkThreads& threads, int fd,
                                                                             Serve serve);
  // The same on a local socket; `path` is removed first and made with mode 0600.
  static boost::system::result<std::unique_ptr<Listener>, std::string>
  bind_local(NetworkThreads& threads, const std::filesystem::path& path, Serve serve);

  virtual ~Listener() = default;
  virtual void start() = 0;
  // Accepts no more and closes the socket; from any thread. Running out of file descriptors only pauses
  // accepting for a moment.
  virtual void stop() = 0;
  // The port that was bound (of interest when 0 was asked for); 0 for a local socket.
  virtual std::uint16_t port() const = 0;
};

} // namespace homespool::net
