// Bytes that can be read by position: a file for those who have one, a string for tests.
//
// For: readers of formats whose files are larger than memory. Threads: one owner.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <span>
#include <string_view>

namespace homespool::mail {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // How many there are; what is added later is not looked at.
  virtual std::uint64_t size() const = 0;
  // Fills `into` from `offset` on as far as there are bytes; fewer only at the end.
  virtual boost::system::result<std::size_t> read(std::uint64_t offset, std::span<char> into) = 0;
};

class BytesOfText final : public ByteSource {
 public:
  explicit BytesOfText(std::string_view text) : text_(text) {}
  std::uint64_t size() const override { return text_.size(); }
  boost::system::result<std::size_t> read(std::uint64_t offset, std::span<char> into) override {
    if (offset >= text_.size()) return std::size_t{0};
    return text_.copy(into.data(), into.size(), offset);
  }

 private:
  std::string_view text_;
};

} // namespace homespool::mail
