#include "net/line_reader.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <bit>
#include <cstring>

namespace homespool::net {
namespace {

constexpr std::size_t kSmallest = 4 * 1024;
constexpr std::size_t kLargestFill = 64 * 1024;

struct FoundEnd {
  std::size_t line = std::string_view::npos; // length without the line end
  std::size_t whole = 0;                     // length with it
  bool bare_lf = false;
};

// Looks in `bytes`, of which the first `seen` are known to hold no line end.
FoundEnd find_line_end(std::string_view bytes, std::size_t seen, LineEnd ends) {
  FoundEnd found;
  for (std::size_t from = seen;;) {
    const std::size_t lf = bytes.find('\n', from);
    if (lf == std::string_view::npos) return found;
    const bool bare = lf == 0 || bytes[lf - 1] != '\r';
    if (!bare || ends == LineEnd::crlf_or_lf) {
      found.line = bare ? lf : lf - 1;
      found.whole = lf + 1;
      found.bare_lf = bare;
      return found;
    }
    from = lf + 1;
  }
}

} // namespace

Awaitable<Result<std::string_view>> LineReader::read_line(std::size_t limit, LineEnd ends) {
  for (std::size_t seen = 0;;) {
    const std::string_view have(buffer_.get() + begin_, buffered());
    const FoundEnd found = find_line_end(have.substr(0, limit), seen, ends);
    if (found.line != std::string_view::npos) {
      bare_lf_ = found.bare_lf;
      begin_ += found.whole;
      co_return have.substr(0, found.line);
    }
    if (have.size() >= limit) co_return ErrorCode(boost::asio::error::message_size);
    seen = have.size();
    const ErrorCode error = co_await fill();
    if (error) co_return error;
  }
}

Awaitable<ErrorCode> LineReader::skip_line(std::size_t limit) {
  for (std::size_t left = limit; left > 0;) {
    const std::string_view have(buffer_.get() + begin_, std::min(buffered(), left));
    const std::size_t lf = have.find('\n');
    if (lf != std::string_view::npos) {
      begin_ += lf + 1;
      co_return ErrorCode();
    }
    begin_ += have.size();
    left -= have.size();
    if (left == 0) break;
    const ErrorCode error = co_await fill();
    if (error) co_return error;
  }
  co_return ErrorCode(boost::asio::error::message_size);
}

Awaitable<Result<std::string_view>> LineReader::peek() {
  return peek_more(0);
}

Awaitable<Result<std::string_view>> LineReader::peek_more(std::size_t have) {
  while (buffered() <= have) {
    const ErrorCode error = co_await fill();
    if (error) co_return error;
  }
  co_return std::string_view(buffer_.get() + begin_, buffered());
}

void LineReader::consume(std::size_t bytes) {
  begin_ += std::min(bytes, buffered());
}

// One read into the free end of the buffer. A reader that has nothing and expects to wait gives the buffer
// back first.
Awaitable<ErrorCode> LineReader::fill() {
  if (buffered() == 0) {
    begin_ = end_ = 0;
    if (!filled_up_) {
      give_back();
      const ErrorCode error = co_await stream_->wait_readable();
      if (error) co_return error;
    }
  }
  make_room();
  const boost::asio::mutable_buffer space(buffer_.get() + end_, std::min(capacity_ - end_, kLargestFill));
  const Result<std::size_t> got = co_await stream_->read_some(space);
  if (!got) co_return got.error();
  end_ += *got;
  burst_ += *got;
  filled_up_ = *got == space.size();
  co_return ErrorCode();
}

void LineReader::give_back() {
  buffer_.reset();
  capacity_ = 0;
  first_size_ = std::clamp(std::bit_ceil(burst_), kSmallest, kLargestFill);
  burst_ = 0;
}

// Afterwards at least a quarter of the buffer is free at its end. It doubles when what it holds
// is more than half of it, or when the last read filled it.
void LineReader::make_room() {
  const std::size_t have = buffered();
  const bool hungry = filled_up_ && capacity_ < kLargestFill;
  if (capacity_ > 0 && !hungry && have <= capacity_ / 2) {
    if (capacity_ - end_ >= capacity_ / 4) return;
    std::memmove(buffer_.get(), buffer_.get() + begin_, have);
  } else {
    capacity_ = std::max(first_size_, capacity_ * 2);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    if (have > 0) std::memcpy(larger.get(), buffer_.get() + begin_, have);
    buffer_ = std::move(larger);
  }
  begin_ = 0;
  end_ = have;
}

} // namespace homespool::net
