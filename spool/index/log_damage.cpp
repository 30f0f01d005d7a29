#include "spool/index/log_damage.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
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
constexpr std::uint32_t kPage = 4096;   // of every index, for a log that does not tell
constexpr std::size_t kReservedAt = 20; // in the header of an index: bytes at the end of each page

constexpr std::string_view kSuffix = "-wal";

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
    if (sound_) return;
    big_ = std::endian::native == std::endian::big;
    page_ = kPage;
  }
  bool sound() const { return sound_; }

  struct Frame {
    bool there = false;       // not behind the end
    bool holds = false;       // its sum, as it goes on from the one before, and whose log it is of
    std::uint32_t commit = 0; // of the last one of a commit: how many pages the index has then
    std::uint32_t page = 0;   // from 1
  };
  Frame next() {
    frame_.resize(kFrameHeader + page_);
    if (!file_.read(frame_.data(), static_cast<std::streamsize>(frame_.size()))) return {};
    const std::string_view bytes = frame_;
    const Sum sum = add(add(last_, bytes.substr(0, 8), big_), bytes.substr(kFrameHeader), big_);
    last_ = stored(bytes, 16);
    const bool ours = bytes.substr(8, 8) == std::string_view(header_).substr(16, 8);
    return {true, ours && sum == last_, word(bytes, 4, true), word(bytes, 0, true)};
  }
  // Of the frame that was read last.
  std::string_view content() const { return std::string_view(frame_).substr(kFrameHeader); }
  // As if it were the first: those behind it are held against it.
  void begin_with_it() { header_.replace(16, 8, frame_, 8, 8); }

 private:
  static Sum stored(std::string_view bytes, std::size_t at) {
    return {word(bytes, at, true), word(bytes, at + 4, true)};
  }

  std::ifstream file_;
  std::string header_, frame_;
  bool sound_ = false;
  bool big_ = false;
  std::uint32_t page_ = 0;
  Sum last_; // as it is written there
};

using Pages = std::map<std::uint32_t, std::string>; // by number

// What the commits of a log made of them that has no header. Frames that nothing holds against are few: the
// first, and one more where that is damaged too.
Pages committed_pages(Log& log) {
  Pages committed, open;
  int begun = 0;
  for (auto frame = log.next(); frame.there; frame = log.next()) {
    if (!frame.holds) {
      if (!committed.empty() || ++begun > 3) break;
      log.begin_with_it();
      open.clear();
    }
    open.insert_or_assign(frame.page, std::string(log.content()));
    if (frame.commit == 0) continue;
    open.merge(committed);
    committed = std::move(open);
    committed.erase(committed.upper_bound(frame.commit), committed.end());
    open.clear();
  }
  return committed;
}

bool holds_all(const std::filesystem::path& index, const Pages& pages) {
  std::ifstream file(index, std::ios::binary);
  std::string page(kPage, '\0');
  if (!file.read(page.data(), kPage)) return true; // there is no index that could lack something
  const std::size_t used = kPage - static_cast<unsigned char>(page[kReservedAt]);
  for (const auto& [number, content] : pages) {
    file.seekg(static_cast<std::streamoff>(kPage) * (std::int64_t{number} - 1));
    if (!file.read(page.data(), kPage) || page.compare(0, used, content, 0, used) != 0) return false;
  }
  return true;
}

} // namespace

bool log_is_damaged(const std::filesystem::path& path) {
  Log log(path);
  if (!log.sound()) {
    const Pages pages = committed_pages(log);
    const std::string name = path.string();
    return name.ends_with(kSuffix) && !holds_all(name.substr(0, name.size() - kSuffix.size()), pages);
  }
  auto frame = log.next();
  while (frame.there && frame.holds) frame = log.next();
  if (!frame.there) return false;
  // A sum that is damaged itself makes the next frame fail too.
  frame = log.next();
  if (frame.there && !frame.holds) frame = log.next();
  int commits = 0;
  for (; frame.there && frame.holds; frame = log.next()) commits += frame.commit != 0 ? 1 : 0;
  return commits >= kCommitsOfNoCrash;
}

} // namespace homespool::spool::index
