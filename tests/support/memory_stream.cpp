#include "tests/support/memory_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstring>

namespace homespool::test {
namespace asio = boost::asio;
using net::Awaitable;
using net::ErrorCode;
using net::Result;

void MemoryPipe::wake() {
  for (const auto& timer : waiting) {
    if (const auto alive = timer.lock()) alive->cancel();
  }
  waiting.clear();
}

MemoryStream::MemoryStream(asio::any_io_executor executor, Pipe in, Pipe out, FakeClock* clock)
    : executor_(std::move(executor)), in_(std::move(in)), out_(std::move(out)), clock_(clock) {
  peer_.address = "192.0.2.1";
  peer_.port = 40000;
}

Awaitable<Result<std::size_t>> MemoryStream::read_some(asio::mutable_buffer into) {
  for (;;) {
    const ErrorCode stop = must_end_reading();
    if (stop) co_return stop;
    if (!in_->bytes.empty()) {
      std::size_t most = into.size();
      if (chunk_ > 0) most = std::min(most, chunk_);
      const std::size_t taken = std::min(most, in_->bytes.size());
      std::memcpy(into.data(), in_->bytes.data(), taken);
      in_->bytes.erase(0, taken);
      in_->wake();
      co_return taken;
    }
    if (in_->broken) co_return in_->broken;
    if (in_->ended) co_return ErrorCode(asio::error::eof);
    const ErrorCode error = co_await wait(in_);
    if (error) co_return error;
  }
}

Awaitable<ErrorCode> MemoryStream::wait_readable() {
  for (;;) {
    const ErrorCode stop = must_end_reading();
    if (stop) co_return stop;
    if (!in_->bytes.empty() || in_->broken || in_->ended) co_return ErrorCode();
    const ErrorCode error = co_await wait(in_);
    if (error) co_return error;
  }
}

Awaitable<ErrorCode> MemoryStream::write(std::span<const asio::const_buffer> buffers) {
  for (const auto& buffer : buffers) {
    for (asio::const_buffer rest = buffer; rest.size() > 0;) {
      const ErrorCode stop = must_end();
      if (stop) co_return stop;
      if (out_->broken) co_return out_->broken;
      const std::size_t room = out_->window > out_->bytes.size() ? out_->window - out_->bytes.size() : 0;
      const std::size_t taken = std::min(room, rest.size());
      if (taken > 0) {
        out_->bytes.append(static_cast<const char*>(rest.data()), taken);
        rest += taken;
        out_->wake();
        continue;
      }
      const ErrorCode error = co_await wait(out_);
      if (error) co_return error;
    }
  }
  co_return ErrorCode();
}

void MemoryStream::expires_after(std::chrono::steady_clock::duration time) {
  if (clock_ == nullptr) return;
  const auto left = std::chrono::steady_clock::time_point::max() - clock_->steady();
  deadline_ = clock_->steady() + std::min(time, left);
  in_->wake();
  out_->wake();
}

void MemoryStream::interrupt() {
  interrupted_ = true;
  in_->wake();
}

Awaitable<ErrorCode> MemoryStream::start_tls(std::shared_ptr<net::TlsContext>, std::string host) {
  const ErrorCode stop = must_end();
  if (stop) co_return stop;
  tls_host_ = std::move(host);
  if (tls_error_) co_return tls_error_;
  tls_ = true;
  co_return ErrorCode();
}

void MemoryStream::close() {
  if (closed_) return;
  closed_ = true;
  out_->ended = true;
  out_->wake();
  in_->broken = asio::error::broken_pipe; // for the writer at the other end
  in_->wake();
}

ErrorCode MemoryStream::must_end() const {
  if (closed_) return asio::error::operation_aborted;
  if (clock_ != nullptr && clock_->steady() >= deadline_) return asio::error::timed_out;
  return {};
}

ErrorCode MemoryStream::must_end_reading() {
  const ErrorCode stop = must_end();
  if (stop || !interrupted_) return stop;
  interrupted_ = false;
  return asio::error::interrupted;
}

// Returns when the pipe or the clock has moved; an error when the coroutine is cancelled.
Awaitable<ErrorCode> MemoryStream::wait(Pipe pipe) {
  const auto timer =
      std::make_shared<asio::steady_timer>(executor_, std::chrono::steady_clock::time_point::max());
  pipe->waiting.push_back(timer);
  if (clock_ != nullptr) clock_->watch(timer);
  co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none)
    co_return ErrorCode(asio::error::operation_aborted);
  co_return ErrorCode();
}

MemoryPair memory_pair(asio::any_io_executor executor, FakeClock* clock) {
  auto one = std::make_shared<MemoryPipe>();
  auto other = std::make_shared<MemoryPipe>();
  MemoryPair pair;
  pair.left = std::make_unique<MemoryStream>(executor, one, other, clock);
  pair.right = std::make_unique<MemoryStream>(executor, other, one, clock);
  return pair;
}

MemoryPeer::MemoryPeer(asio::any_io_executor executor, FakeClock* clock)
    : stream_(std::make_unique<MemoryStream>(std::move(executor), to_stream_, from_stream_, clock)) {}

void MemoryPeer::send(std::string_view bytes) {
  to_stream_->bytes += bytes;
  to_stream_->wake();
}

void MemoryPeer::end() {
  to_stream_->ended = true;
  to_stream_->wake();
}

void MemoryPeer::fail(ErrorCode error) {
  to_stream_->broken = error;
  from_stream_->broken = error;
  to_stream_->wake();
  from_stream_->wake();
}

std::string MemoryPeer::received() {
  std::string bytes = std::exchange(from_stream_->bytes, {});
  from_stream_->wake();
  return bytes;
}

void MemoryPeer::set_window(std::size_t bytes) {
  from_stream_->window = bytes;
  from_stream_->wake();
}

} // namespace homespool::test
