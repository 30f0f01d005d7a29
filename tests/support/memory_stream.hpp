// Streams in memory: two connected ends, or one end whose peer is played by the test.
//
// The whole contract of net::Stream without sockets: interruption, deadlines on a fake clock, cancellation,
// reads cut into chunks of any size, a peer that does not read, that closes, or whose connection breaks. TLS
// is only pretended. Threads: one; everything runs on the io_context given.
#pragma once

#include "net/stream.hpp"
#include "tests/support/fake_clock.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <limits>
#include <list>
#include <memory>
#include <string>

namespace homespool::test {

// One direction of a connection.
struct MemoryPipe {
  std::string bytes;                                            // written and not yet read
  std::size_t window = std::numeric_limits<std::size_t>::max(); // how much of it fits before a writer waits
  bool ended = false;                                           // the writer has closed
  net::ErrorCode broken; // reads (after what is there) and writes fail with this
  std::list<std::weak_ptr<boost::asio::steady_timer>> waiting;
  void wake();
};

class MemoryStream final : public net::Stream {
 public:
  using Pipe = std::shared_ptr<MemoryPipe>;
  // Without a clock deadlines never pass.
  MemoryStream(boost::asio::any_io_executor executor, Pipe in, Pipe out, FakeClock* clock);
  ~MemoryStream() override { MemoryStream::close(); }

  using Stream::write;
  net::Awaitable<net::Result<std::size_t>> read_some(boost::asio::mutable_buffer into) override;
  net::Awaitable<net::ErrorCode> wait_readable() override;
  bool bytes_wait() override { return !closed_ && !in_->bytes.empty(); }
  net::Awaitable<net::ErrorCode> write(std::span<const boost::asio::const_buffer> buffers) override;
  void expires_after(std::chrono::steady_clock::duration time) override;
  void interrupt() override;
  net::Awaitable<net::ErrorCode> start_tls(std::shared_ptr<net::TlsContext> context,
                                           std::string host) override;
  bool is_tls() const override { return tls_; }
  std::string tls_failure() const override { return tls_error_ ? "the test refuses TLS" : ""; }
  net::Peer peer() const override { return peer_; }
  void close() override;

  // At most this many bytes are given by one read; 0 means as many as there are.
  void cut_reads(std::size_t chunk) { chunk_ = chunk; }
  void set_peer(net::Peer peer) { peer_ = std::move(peer); }
  // From now on start_tls fails with this.
  void refuse_tls(net::ErrorCode error) { tls_error_ = error; }
  const std::string& tls_host() const { return tls_host_; }

 private:
  net::ErrorCode must_end() const;
  net::ErrorCode must_end_reading();
  net::Awaitable<net::ErrorCode> wait(Pipe pipe);

  boost::asio::any_io_executor executor_;
  Pipe in_, out_;
  FakeClock* clock_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  net::Peer peer_;
  std::string tls_host_;
  net::ErrorCode tls_error_;
  std::size_t chunk_ = 0;
  bool tls_ = false;
  bool interrupted_ = false;
  bool closed_ = false;
};

// Two ends of one connection.
struct MemoryPair {
  std::unique_ptr<MemoryStream> left, right;
};
MemoryPair memory_pair(boost::asio::any_io_executor executor, FakeClock* clock = nullptr);

// The far end as the test plays it, beside the stream that the code under test gets.
class MemoryPeer {
 public:
  explicit MemoryPeer(boost::asio::any_io_executor executor, FakeClock* clock = nullptr);

  // The end for the code under test; once.
  std::unique_ptr<MemoryStream> take() { return std::move(stream_); }
  MemoryStream& stream() { return *stream_; } // until take()

  void send(std::string_view bytes);
  // No more comes from the peer.
  void end();
  // The connection breaks, both ways.
  void fail(net::ErrorCode error);
  // What the code under test has written since the last call.
  std::string received();
  // The peer takes only this many bytes that it has not picked up with received().
  void set_window(std::size_t bytes);
  // The code under test has closed its end.
  bool closed() const { return from_stream_->ended; }

 private:
  MemoryStream::Pipe to_stream_ = std::make_shared<MemoryPipe>();
  MemoryStream::Pipe from_stream_ = std::make_shared<MemoryPipe>();
  std::unique_ptr<MemoryStream> stream_;
};

} // namespace homespool::test
