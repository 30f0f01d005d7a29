#include "spool/index/log_damage.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

namespace homespool::spool::index {
namespace {

// The file format of SQLite's write-ahead log.
constexpr std::uint32_t kMagic = 0x377f0682; // its last bit: checksums of big-endian words
constexpr std::size_t kHeader = 32, kFrameHeader = 24;
constexpr std::uint32_t kLargestPage = 65536;
constexpr int kCommitsOfNoCrash = 2;

using Sum = std::pair<std::uint32_t, std::uint32_t>;

std::uint32_t word(std::string_view bytes, std::size_t at, bool big) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8U | static_cast<unsigned char>(bytes[at + (big ? i : 3 - i)]);
  return value;
}

Sum add(Sum sum, std::string_view bytes, bool big) {
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    sum.first += word(bytes, at, big) + sum.second;
    sum.second += word(bytes, at + 4, big) + sum.first;
  }
  return sum;
}

class Log {
 public:
  explicit Log(const std::filesystem::path& path) : file_(path, std::ios::binary) {
    header_.resize(kHeader);
    if (!file_.read(header_.data(), kHeader)) return;
    const std::uint32_t magic = word(header_, 0, true);
    big_ = (magic & 1U) != 0;
    page_ = word(header_, 8, true);
    sound_ = (magic & ~1U) == kMagic && std::has_single_bit(page_) && page_ <= kLargestPage &&
             add({0, 0}, std::string_view(header_).substr(0, 24), big_) == stored(header_, 24);
    last_ = stored(header_, 24);
  }
  bool sound() const { return sound_; }

  struct Frame {
    bool there = false;  // not behind the end
    bool holds = false;  // its sum, as it goes on from the one before, and whose log it is of
    bool commit = false; // the last one of a commit
  };
  Frame next() {
    std::string frame(kFrameHeader + page_, '\0');
    if (!file_.read(frame.data(), static_cast<std::streamsize>(frame.size()))) return {};
    const std::string_view bytes = frame;
    const Sum sum = add(add(last_, bytes.substr(0, 8), big_), bytes.substr(kFrameHeader), big_);
    last_ = stored(bytes, 16);
    const bool ours = bytes.substr(8, 8) == std::string_view(header_).substr(16, 8);
    return {true, ours && sum == last_, word(bytes, 4, true) != 0};
  }

 private:
  static Sum stored(std::string_view bytes, std::size_t at) {
    return {word(bytes, at, true), word(bytes, at + 4, true)};
  }

  std::ifstream file_;
  std::string header_;
  bool sound_ = false;
  bool big_ = false;
  std::uint32_t page_ = 0;
  Sum last_; // as it is written there
};

} // namespace

bool log_is_damaged(const std::filesystem::path& path) {
  Log log(path);
  if (!log.sound()) return false;
  auto frame = log.next();
  while (frame.there && frame.holds) frame = log.next();
  if (!frame.there) return false;
  // A sum that is damaged itself makes the next frame fail too.
  frame = log.next();
  if (frame.there && !frame.holds) frame = log.next();
  int commits = 0;
  for (; frame.there && frame.holds; frame = log.next()) commits += frame.commit ? 1 : 0;
  return commits >= kCommitsOfNoCrash;
}

} // namespace homespool::spool::index
