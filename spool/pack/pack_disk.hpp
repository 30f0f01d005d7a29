// The few calls to the kernel that write packs, as an interface that tests can make fail.
//
// Each call is made once: what to do about EINTR and short writes is decided by write_all() and its like. Not
// for: reading (pack_reader.cpp), the index. Threads: stateless.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <sys/types.h>
#include <sys/uio.h>
#include <utility>

namespace homespool::spool {

// As the system calls: -1 and errno. These are the real ones.
class PackDisk {
 public:
  virtual ~PackDisk() = default;
  virtual int open(const char* path, int flags);
  virtual ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset);
  virtual int fallocate(int fd, off_t offset, off_t length);
  virtual int ftruncate(int fd, off_t size);
  // Lets the disk begin with these bytes; a hint that promises nothing.
  virtual void start_sync(int fd, off_t offset, off_t length);
  virtual int fdatasync(int fd);
  virtual int fsync(int fd);
  virtual int rename(const char* from, const char* to);
  virtual int unlink(const char* path);
};

// An open file, closed at the end.
class DiskFile {
 public:
  DiskFile() = default;
  explicit DiskFile(int fd) : fd_(fd) {}
  DiskFile(DiskFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DiskFile& operator=(DiskFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~DiskFile();

  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// The last failure of a system call; Error::no_space for a full disk.
boost::system::error_code last_disk_error();

boost::system::result<DiskFile> open_file(PackDisk& disk, const std::filesystem::path& path, int flags);
// All of it, in order, whatever the kernel takes at a time. `parts` is used up.
boost::system::error_code write_all(PackDisk& disk, const DiskFile& file, std::span<iovec> parts,
                                    std::uint64_t offset);
boost::system::error_code truncate_file(PackDisk& disk, const DiskFile& file, std::uint64_t size);
boost::system::error_code sync_file(PackDisk& disk, const DiskFile& file);
// After files were made, renamed or removed in it.
boost::system::error_code sync_directory(PackDisk& disk, const std::filesystem::path& directory);
// Exactly into.size() bytes, else Error::bad_record (the file ends early, or its sectors cannot be read).
boost::system::error_code read_exactly(const DiskFile& file, std::uint64_t offset, std::span<char> into);

} // namespace homespool::spool
