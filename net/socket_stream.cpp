#include "net/socket_stream.hpp"

#include "net/io_step.hpp"
#include "net/tls_session.hpp"
#include "net/unsent.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <fcntl.h>
#include <netinet/tcp.h>

namespace homespool::net {
namespace asio = boost::asio;
namespace {

using Socket = asio::generic::stream_protocol::socket;
using Steady = std::chrono::steady_clock;

// A connection that never has to wait lets others go first after this much.
constexpr std::size_t kStepsInARow = 64;
constexpr std::size_t kBytesInARow = 1024 * 1024;
// What is thrown away at close, so that the kernel does not answer unread bytes with a reset that overtakes
// our last words.
constexpr std::size_t kDrainAtClose = 64 * 1024;

Peer peer_of(const Socket& socket) {
  Peer peer;
  ErrorCode error;
  const auto remote = socket.remote_endpoint(error);
  if (error || (remote.data()->sa_family != AF_INET && remote.data()->sa_family != AF_INET6)) {
    peer.loopback = !error && remote.data()->sa_family == AF_UNIX;
    return peer;
  }
  asio::ip::tcp::endpoint endpoint;
  std::memcpy(endpoint.data(), remote.data(), std::min<std::size_t>(remote.size(), endpoint.capacity()));
  asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  } else if (address.is_v6()) {
    asio::ip::address_v6 without_scope = address.to_v6();
    without_scope.scope_id(0);
    address = without_scope;
  }
  peer.address = address.to_string();
  peer.port = endpoint.port();
  peer.loopback = address.is_loopback();
  return peer;
}

// How a wait ended. Neither `ready` nor an error: woken for the other direction or by an interrupt or
// deadline; look again.
struct Woken {
  bool ready = false;
  ErrorCode error;
};

class SocketStream final : public Stream {
 public:
  explicit SocketStream(Socket socket);
  ~SocketStream() override { close(); }

  using Stream::write;
  Awaitable<Result<std::size_t>> read_some(asio::mutable_buffer into) override;
  Awaitable<ErrorCode> wait_readable() override;
  bool bytes_wait() override;
  Awaitable<ErrorCode> write(std::span<const asio::const_buffer> buffers) override;
  void expires_after(Steady::duration time) override;
  void interrupt() override;
  Awaitable<ErrorCode> start_tls(std::shared_ptr<TlsContext> context, std::string host) override;
  bool is_tls() const override { return tls_established_; }
  std::string tls_failure() const override { return tls_ ? tls_->failure() : std::string(); }
  Peer peer() const override { return peer_; }
  void close() override;

 private:
  ErrorCode must_end() const;
  ErrorCode must_end_reading();
  Awaitable<Woken> wait(Want want);
  Awaitable<void> let_others_go();
  bool had_its_turn() const { return steps_ >= kStepsInARow || bytes_ >= kBytesInARow; }
  void count(std::size_t bytes);
  void acknowledge_now();
  IoStep send_some(Unsent& unsent);
  void arm_timer();
  void on_timer();

  Socket socket_;
  asio::steady_timer timer_;
  Steady::time_point deadline_ = Steady::time_point::max();
  Steady::time_point armed_for_ = Steady::time_point::max();
  // Handlers of the timer hold it weakly: gone means the stream is.
  std::shared_ptr<SocketStream*> self_ = std::make_shared<SocketStream*>(this);
  std::unique_ptr<TlsSession> tls_;
  Peer peer_;
  std::size_t bytes_ = 0;
  unsigned steps_ = 0;
  unsigned waiting_ = 0;
  bool tls_established_ = false;
  bool interrupted_ = false;
  bool closed_ = false;
};

SocketStream::SocketStream(Socket socket)
    : socket_(std::move(socket)), timer_(socket_.get_executor()), peer_(peer_of(socket_)) {
  ErrorCode ignored;
  socket_.native_non_blocking(true, ignored);
  ::fcntl(socket_.native_handle(), F_SETFD, FD_CLOEXEC); // password commands must not inherit connections
  if (peer_.address.empty()) return;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(Socket::keep_alive(true), ignored); // peers that vanish while nobody speaks
}

// A peer that writes a message in two pieces (a literal, then its line end) has its second piece held back by
// Nagle's algorithm until we acknowledge the first, which the kernel puts off by 40 ms while we have nothing
// to say.
void SocketStream::acknowledge_now() {
  if (peer_.address.empty()) return;
  const int on = 1;
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

Awaitable<Result<std::size_t>> SocketStream::read_some(asio::mutable_buffer into) {
  if (into.size() == 0) co_return std::size_t{0};
  for (;;) {
    if (had_its_turn()) co_await let_others_go();
    const ErrorCode stop = must_end_reading();
    if (stop) co_return stop;
    const IoStep step = tls_ ? tls_->read(into) : receive(socket_.native_handle(), into);
    if (step.error) co_return step.error;
    if (step.want == Want::nothing) {
      count(step.bytes);
      co_return step.bytes;
    }
    const Woken woken = co_await wait(step.want);
    if (woken.error) co_return woken.error;
  }
}

Awaitable<ErrorCode> SocketStream::wait_readable() {
  for (bool ready = false;;) {
    const ErrorCode stop = must_end_reading();
    if (stop) co_return stop;
    // A plain socket is asked by the wait itself, which ends at once when there is something. Errors are for
    // read_some to tell.
    if (!tls_ && ready) co_return ErrorCode();
    const IoStep step = tls_ ? tls_->peek() : IoStep::wait(Want::read);
    if (step.want == Want::nothing) co_return ErrorCode();
    const Woken woken = co_await wait(step.want);
    if (woken.error) co_return woken.error;
    ready = woken.ready;
  }
}

bool SocketStream::bytes_wait() {
  if (closed_) return false;
  const IoStep step = tls_ ? tls_->peek() : peek(socket_.native_handle());
  return step.want == Want::nothing && !step.error;
}

Awaitable<ErrorCode> SocketStream::write(std::span<const asio::const_buffer> buffers) {
  Unsent unsent(buffers);
  while (!unsent.empty()) {
    if (had_its_turn()) co_await let_others_go();
    const ErrorCode stop = must_end();
    if (stop) co_return stop;
    const IoStep step = send_some(unsent);
    if (step.error) co_return step.error;
    if (step.want == Want::nothing) {
      count(step.bytes);
      unsent.consume(step.bytes);
      continue;
    }
    const Woken woken = co_await wait(step.want);
    if (woken.error) co_return woken.error;
  }
  co_return ErrorCode();
}

IoStep SocketStream::send_some(Unsent& unsent) {
  if (tls_) return tls_->write(unsent.record());
  return send(socket_.native_handle(), unsent.buffers(), unsent.offset());
}

void SocketStream::expires_after(Steady::duration time) {
  const auto now = Steady::now();
  deadline_ = time >= Steady::time_point::max() - now ? Steady::time_point::max() : now + time;
  if (waiting_ > 0) arm_timer();
}

void SocketStream::interrupt() {
  interrupted_ = true;
  // A write that waits is woken too, sees that it was not meant, and goes on.
  ErrorCode ignored;
  if (waiting_ > 0) socket_.cancel(ignored);
}

Awaitable<ErrorCode> SocketStream::start_tls(std::shared_ptr<TlsContext> context, std::string host) {
  tls_ = std::make_unique<TlsSession>(std::move(context), socket_.native_handle(), std::move(host));
  for (;;) {
    const ErrorCode stop = must_end_reading();
    if (stop) co_return stop;
    const IoStep step = tls_->handshake();
    if (step.error) co_return step.error;
    if (step.want == Want::nothing) break;
    const Woken woken = co_await wait(step.want);
    if (woken.error) co_return woken.error;
  }
  tls_established_ = true;
  co_return ErrorCode();
}

void SocketStream::close() {
  if (closed_) return;
  closed_ = true;
  ErrorCode ignored;
  timer_.cancel();
  if (tls_) tls_->shutdown();
  socket_.shutdown(Socket::shutdown_send, ignored);
  std::array<char, 4096> unread;
  for (std::size_t drained = 0; drained < kDrainAtClose;) {
    const IoStep step = receive(socket_.native_handle(), asio::buffer(unread));
    if (step.bytes == 0) break;
    drained += step.bytes;
  }
  socket_.close(ignored);
}

ErrorCode SocketStream::must_end() const {
  if (closed_) return asio::error::operation_aborted;
  if (deadline_ != Steady::time_point::max() && Steady::now() >= deadline_) return asio::error::timed_out;
  return {};
}

ErrorCode SocketStream::must_end_reading() {
  const ErrorCode stop = must_end();
  if (stop || !interrupted_) return stop;
  interrupted_ = false;
  return asio::error::interrupted;
}

// An interrupt or a deadline cancels every wait of the socket, and whoever was woken looks whether it was
// meant. Only the cancellation of the coroutine itself is an error here.
Awaitable<Woken> SocketStream::wait(Want want) {
  arm_timer();
  ++waiting_;
  if (want != Want::write) acknowledge_now();
  const auto direction = want == Want::write ? Socket::wait_write : Socket::wait_read;
  const auto [error] = co_await socket_.async_wait(direction, asio::as_tuple(asio::use_awaitable));
  --waiting_;
  steps_ = 0;
  bytes_ = 0;
  Woken woken;
  woken.ready = !error;
  if (error == asio::error::operation_aborted) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) woken.error = error;
  } else {
    woken.error = error;
  }
  co_return woken;
}

Awaitable<void> SocketStream::let_others_go() {
  steps_ = 0;
  bytes_ = 0;
  auto executor = socket_.get_executor();
  co_await asio::post(executor, asio::use_awaitable);
}

void SocketStream::count(std::size_t bytes) {
  ++steps_;
  bytes_ += bytes;
}

// One timer at most, for the earliest deadline it was asked for; when a later one holds by then, it goes on
// to that.
void SocketStream::arm_timer() {
  if (armed_for_ <= deadline_) return;
  armed_for_ = deadline_;
  timer_.expires_at(deadline_);
  timer_.async_wait([self = std::weak_ptr<SocketStream*>(self_)](ErrorCode error) {
    if (error) return;
    if (const auto alive = self.lock()) (*alive)->on_timer();
  });
}

void SocketStream::on_timer() {
  armed_for_ = Steady::time_point::max();
  if (waiting_ == 0 || closed_) return;
  ErrorCode ignored;
  if (must_end()) {
    socket_.cancel(ignored);
  } else {
    arm_timer();
  }
}

} // namespace

std::unique_ptr<Stream> make_socket_stream(Socket socket) {
  return std::make_unique<SocketStream>(std::move(socket));
}

std::unique_ptr<Stream> make_socket_stream(asio::ip::tcp::socket socket) {
  return make_socket_stream(Socket(std::move(socket)));
}

std::unique_ptr<Stream> make_socket_stream(asio::local::stream_protocol::socket socket) {
  return make_socket_stream(Socket(std::move(socket)));
}

} // namespace homespool::net
