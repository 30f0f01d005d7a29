// Writing to the client in bounded memory. Threads: the session's.
#include "server/imap/wire/output.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

namespace homespool::server::imap {

namespace {

constexpr std::size_t kPiece = 64 * 1024;
// Half of what a session may hold up another (50 ms), a few sessions sharing the thread.
constexpr std::chrono::milliseconds kTurn{5};

} // namespace

Awaitable<void> Output::send(std::string_view bytes) {
  if (broken_ || bytes.empty()) co_return;
  stream_.expires_after(kWriteLimit);
  const net::ErrorCode error = co_await stream_.write(bytes);
  if (error) broken_ = true;
}

Awaitable<void> Output::send_file(const FetchOutput::FileRange& range) {
  std::string piece;
  for (std::uint64_t at = 0; at < range.length && !broken_;) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, range.length - at)));
    const std::span<char> into(piece.data(), piece.size());
    if (const auto error = range.file->read(range.offset + at, into)) {
      spdlog::error("imap: a message cannot be read on: {}", error.message());
      fail();
      co_return;
    }
    replace_nul(into);
    co_await send(piece);
    co_await yield();
    if (ticket_.sent_away()) fail();
    at += piece.size();
  }
}

Awaitable<void> Output::flush() {
  FetchOutput now;
  std::swap(now, pending_);
  std::size_t at = 0;
  const std::string_view text = now.text;
  for (const auto& range : now.ranges) {
    co_await send(text.substr(at, range.at - at));
    at = range.at;
    co_await send_file(range);
  }
  co_await send(text.substr(at));
  now.clear();
  if (pending_.text.empty() && now.text.capacity() <= 2 * kPiece) std::swap(now.text, pending_.text);
}

Awaitable<void> Output::yield() {
  const auto now = clock_.steady();
  if (now - turn_ < kTurn) co_return;
  const auto executor = co_await boost::asio::this_coro::executor;
  co_await boost::asio::post(executor, boost::asio::use_awaitable);
  turn_ = clock_.steady();
}

Awaitable<void> Output::breathe() {
  if (full()) co_await flush();
  co_await yield();
}

void Output::rest() {
  if (empty()) pending_ = FetchOutput();
}

Awaitable<boost::system::error_code> try_to_read(Output& output, FetchOutput::FileRange range) {
  std::string piece;
  for (std::uint64_t at = 0; at < range.length;) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, range.length - at)));
    const std::span<char> into(piece.data(), piece.size());
    if (const auto error = range.file->read(range.offset + at, into)) co_return error;
    at += piece.size();
    co_await output.yield();
  }
  co_return boost::system::error_code();
}

} // namespace homespool::server::imap
