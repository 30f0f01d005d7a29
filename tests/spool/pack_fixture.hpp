// A folder for packs that is removed at the end, records to put into them, a disk that can fail.
// Threads: one.
#pragma once

#include "spool/pack/pack.hpp"
#include "spool/pack/pack_disk.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

namespace homespool::spool::test {

class PackFolder {
 public:
  PackFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "homespool-pack-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  PackFolder(const PackFolder&) = delete;
  PackFolder& operator=(const PackFolder&) = delete;
  ~PackFolder() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

inline RecordInfo info(std::int64_t number) {
  RecordInfo made;
  made.record = {number};
  made.message = {number + 100};
  made.arrival = std::chrono::sys_seconds(std::chrono::seconds(1700000000 + number));
  made.uid = {static_cast<std::uint32_t>(number + 7)};
  made.uidvalidity = 1234567890;
  made.flags = 5;
  made.account = "isp";
  made.uidl = "uid-" + std::to_string(number);
  made.user = "taro";
  made.folder = "INBOX";
  return made;
}

// Bytes that differ everywhere, so that a shift shows; they come again after a prime number of them.
inline std::string body(std::size_t size, unsigned seed = 1) {
  std::string made(std::min<std::size_t>(size, 65521), '\0');
  for (auto& c : made) c = static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24);
  const std::size_t period = made.size();
  made.reserve(size);
  while (made.size() < size) made.append(made, 0, std::min(period, size - made.size()));
  return made;
}

inline std::string file_bytes(const std::filesystem::path& path) {
  std::string bytes(std::filesystem::file_size(path), '\0');
  std::ifstream(path, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

inline void set_file_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// Counts the calls, and lets one of them fail.
class FailingDisk : public PackDisk {
 public:
  int calls = 0;
  int fail_at = -1; // the number of the call
  int fault = EIO;
  bool only_syncs = false;                            // count fdatasync and fsync alone
  std::size_t at_most = static_cast<std::size_t>(-1); // bytes per write

  int open(const char* path, int flags) override { return fails() ? -1 : PackDisk::open(path, flags); }
  ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) override {
    if (fails()) {
      // Half of it reaches the file all the same.
      iovec half = parts[0];
      half.iov_len /= 2;
      static_cast<void>(PackDisk::pwritev(fd, &half, 1, offset));
      errno = fault;
      return -1;
    }
    if (at_most == static_cast<std::size_t>(-1)) return PackDisk::pwritev(fd, parts, count, offset);
    iovec some = parts[0];
    some.iov_len = std::min(some.iov_len, at_most);
    return PackDisk::pwritev(fd, &some, 1, offset);
  }
  int fallocate(int fd, off_t offset, off_t length) override {
    return fails() ? -1 : PackDisk::fallocate(fd, offset, length);
  }
  int ftruncate(int fd, off_t size) override { return fails() ? -1 : PackDisk::ftruncate(fd, size); }
  int fdatasync(int fd) override { return fails(true) ? -1 : PackDisk::fdatasync(fd); }
  int fsync(int fd) override { return fails(true) ? -1 : PackDisk::fsync(fd); }
  int rename(const char* from, const char* to) override { return fails() ? -1 : PackDisk::rename(from, to); }
  int unlink(const char* path) override { return fails() ? -1 : PackDisk::unlink(path); }

 private:
  bool fails(bool sync = false) {
    if (only_syncs && !sync) return false;
    if (calls++ != fail_at) return false;
    errno = fault;
    return true;
  }
};

} // namespace homespool::spool::test
