#include "spool/store/free_space.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace homespool::spool {

std::optional<std::uint64_t> free_bytes(const std::filesystem::path& directory) {
  struct statvfs answer {};
  if (::statvfs(directory.c_str(), &answer) != 0) return std::nullopt;
  return std::uint64_t{answer.f_bavail} * answer.f_frsize;
}

bool FreeSpace::low(std::uint64_t minimum) {
  const auto now = std::chrono::steady_clock::now();
  if (asked_ == std::chrono::steady_clock::time_point{} || now - asked_ >= std::chrono::seconds(1)) {
    asked_ = now;
    free_ = free_bytes(directory_);
  }
  return free_ && *free_ < minimum;
}

bool has_no_room(const std::filesystem::path& directory) {
  const auto file = directory / "room.tmp";
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return errno == ENOSPC || errno == EDQUOT;
  ::close(descriptor);
  ::unlink(file.c_str());
  return false;
}

} // namespace homespool::spool
