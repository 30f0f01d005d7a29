// What is left of a list of buffers while it is being written, and its pieces gathered into TLS records.
//
// For: SocketStream::write. The buffers stay the caller's. Threads: none.
#pragma once

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

namespace homespool::net {

class Unsent {
 public:
  explicit Unsent(std::span<const boost::asio::const_buffer> buffers) : buffers_(buffers) { skip_empty(); }

  bool empty() const { return buffers_.empty(); }
  // The buffers that have not gone out whole, the first of them from offset() on.
  std::span<const boost::asio::const_buffer> buffers() const { return buffers_; }
  std::size_t offset() const { return offset_; }

  // What to encrypt next: the first buffer itself when it is large, else small ones copied together, so that
  // a response of many pieces does not become as many records. The same bytes again until some are consumed.
  boost::asio::const_buffer record() {
    if (staged_ > 0) return {staging_.get() + staged_from_, staged_ - staged_from_};
    const boost::asio::const_buffer first = buffers_.front() + offset_;
    if (buffers_.size() == 1 || first.size() >= kRecord) return first;
    gather();
    return {staging_.get(), staged_};
  }

  void consume(std::size_t bytes) {
    if (staged_ > 0) {
      staged_from_ += bytes;
      if (staged_from_ >= staged_) staged_ = staged_from_ = 0;
    }
    while (bytes > 0) {
      const std::size_t step = std::min(bytes, buffers_.front().size() - offset_);
      offset_ += step;
      bytes -= step;
      skip_empty();
    }
  }

 private:
  static constexpr std::size_t kRecord = 16 * 1024;

  void skip_empty() {
    while (!buffers_.empty() && offset_ >= buffers_.front().size()) {
      buffers_ = buffers_.subspan(1);
      offset_ = 0;
    }
  }

  void gather() {
    if (!staging_) staging_ = std::make_unique_for_overwrite<char[]>(kRecord);
    std::size_t skipped = offset_;
    for (const auto& buffer : buffers_) {
      const boost::asio::const_buffer rest = buffer + skipped;
      const std::size_t taken = std::min(rest.size(), kRecord - staged_);
      if (taken > 0) std::memcpy(staging_.get() + staged_, rest.data(), taken);
      staged_ += taken;
      skipped = 0;
      if (staged_ == kRecord) return;
    }
  }

  std::span<const boost::asio::const_buffer> buffers_;
  std::size_t offset_ = 0;
  std::unique_ptr<char[]> staging_;
  std::size_t staged_ = 0;
  std::size_t staged_from_ = 0;
};

} // namespace homespool::net
