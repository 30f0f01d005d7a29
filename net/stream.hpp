// A byte stream to a peer: TCP, TLS over TCP, or memory in tests. Deadlines and interruption are built in, so
// that no await on the network is without one.
//
// Expected ends of a stream are values: asio::error::eof (closed by the peer, also a TLS close), timed_out
// (deadline passed), interrupted (see interrupt), operation_aborted (closed or cancelled here), or the
// system's or TLS's error. Threads: one io_context's thread from birth to death. One read and one write may
// be pending at the same time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace homespool::net {

template <class T>
using Awaitable = boost::asio::awaitable<T>;
using ErrorCode = boost::system::error_code;
template <class T>
using Result = boost::system::result<T>;

class TlsContext;

// Who is at the other end. Numeric, IPv4-mapped addresses as IPv4; empty for local sockets.
struct Peer {
  std::string address;
  std::uint16_t port = 0;
  bool loopback = false;
};

class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  // At least one byte. Holds no buffer of its own while it waits.
  virtual Awaitable<Result<std::size_t>> read_some(boost::asio::mutable_buffer into) = 0;
  // Waits until read_some would not, without needing a buffer meanwhile: idle connections cost no memory.
  virtual Awaitable<ErrorCode> wait_readable() = 0;
  // Whether bytes have come that nobody read yet; the end of the stream or an error is none. Not while a read
  // is pending.
  virtual bool bytes_wait() = 0;
  // All of the buffers, in order.
  virtual Awaitable<ErrorCode> write(std::span<const boost::asio::const_buffer> buffers) = 0;
  Awaitable<ErrorCode> write(std::string_view bytes);

  // From now on every read or write (also a pending one) ends with timed_out when this time has passed. To be
  // set before each step; it costs next to nothing.
  virtual void expires_after(std::chrono::steady_clock::duration time) = 0;
  // The pending read_some or wait_readable, or else the next one, ends with error::interrupted; no byte is
  // lost. For waking a session that waits for its client when there is something to tell it. A handshake ends
  // with it too, and the stream is of no use then.
  virtual void interrupt() = 0;

  // TLS from here on, as server or client as the context says; `host` is the name to verify and to send as
  // SNI (client). The certificate is checked before it returns. Bytes received before the handshake must have
  // been dealt with by the caller.
  virtual Awaitable<ErrorCode> start_tls(std::shared_ptr<TlsContext> context, std::string host) = 0;
  virtual bool is_tls() const = 0;
  // Why the certificate was refused or the handshake failed, as a sentence for a person; empty when neither.
  virtual std::string tls_failure() const { return {}; }

  virtual Peer peer() const = 0;
  // Sends a TLS close if that is possible without waiting, then closes. Pending operations end with
  // operation_aborted.
  virtual void close() = 0;
};

} // namespace homespool::net
