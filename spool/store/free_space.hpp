// How much room the disk of the spool has, asked at most once a second.
//
// Threads: one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace homespool::spool {

// Bytes that we may still write in this directory; nothing when the disk does not say.
std::optional<std::uint64_t> free_bytes(const std::filesystem::path& directory);

class FreeSpace {
 public:
  explicit FreeSpace(std::filesystem::path directory) : directory_(std::move(directory)) {}
  bool low(std::uint64_t minimum);

 private:
  std::filesystem::path directory_;
  std::chrono::steady_clock::time_point asked_{};
  std::optional<std::uint64_t> free_;
};

// Can no file be made there for want of room? SQLite does not tell why it could not make one.
bool has_no_room(const std::filesystem::path& directory);

} // namespace homespool::spool
