// A moving view of a ByteSource: what comes next, without reading anything twice.
//
// Threads: one owner.
#pragma once

#include "mail/byte_source.hpp"

#include <vector>

namespace homespool::mail {

class Window {
 public:
  explicit Window(ByteSource& source) : source_(source) {}

  // At least `want` bytes (kBuffer at most) from here on, unless fewer are left. Holds until the next call.
  std::string_view ahead(std::size_t want);
  void skip(std::size_t bytes) { begin_ += bytes; }
  std::uint64_t offset() const { return offset_ + begin_; }

  // Why there is nothing more before the end.
  boost::system::error_code error() const { return error_; }

  static constexpr std::size_t kBuffer = std::size_t{256} << 10;

 private:
  ByteSource& source_;
  std::vector<char> buffer_ = std::vector<char>(kBuffer);
  std::size_t begin_ = 0, end_ = 0;
  std::uint64_t offset_ = 0; // of the buffer's first byte
  boost::system::error_code error_;
};

} // namespace homespool::mail
