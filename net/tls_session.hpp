// One TLS connection as a machine of non-blocking steps over a socket, without any waiting of its own.
//
// For: SocketStream. Not for: settings and trust (tls_context.hpp). Threads: the stream's.
#pragma once

#include "net/io_step.hpp"
#include "net/tls_failure.hpp"

#include <memory>
#include <string>

struct ssl_st;

namespace homespool::net {

class TlsSession {
 public:
  // `fd` is non-blocking and outlives the session. `host` is the name to verify and to ask for (client).
  TlsSession(std::shared_ptr<TlsContext> context, int fd, std::string host);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  IoStep handshake();
  IoStep read(boost::asio::mutable_buffer into);
  // Done when a read would not wait.
  IoStep peek();
  // Part of `bytes`; after a wish to wait it must be called again with the same bytes.
  IoStep write(boost::asio::const_buffer bytes);
  // One try at sending a TLS close.
  void shutdown();

  const std::string& failure() const { return failure_.text; }

 private:
  IoStep result_of(int returned);

  std::shared_ptr<TlsContext> context_;
  int fd_;
  TlsFailure failure_;
  ssl_st* ssl_ = nullptr;
  ErrorCode later_; // how reading ended, for the next read to tell
  bool established_ = false;
  bool broken_ = false; // nothing may be sent any more
};

} // namespace homespool::net
