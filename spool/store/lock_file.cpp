#include "spool/store/lock_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace homespool::spool {
namespace {

std::string holder(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t got = ::pread(descriptor, text.data(), text.size() - 1, 0);
  std::string pid(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  pid.erase(pid.find_last_not_of("\r\n ") + 1);
  return pid.empty() ? std::string{} : " (pid " + pid + ")";
}

} // namespace

boost::system::result<std::unique_ptr<LockFile>, OpenFailure>
LockFile::take(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return OpenFailure{false, "cannot open " + file.string() + ": " + std::strerror(errno)};
  std::unique_ptr<LockFile> lock(new LockFile(descriptor));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return OpenFailure{false, "cannot lock " + file.string() + ": " + std::strerror(errno)};
    return OpenFailure{true, "the spool " + file.parent_path().string() + " is in use by another homespool" +
                                 holder(descriptor)};
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, pid.data(), pid.size(), 0) < 0) {
    // The lock holds all the same; only the number is missing (a full disk).
  }
  return lock;
}

LockFile::~LockFile() {
  ::close(descriptor_);
}

} // namespace homespool::spool
