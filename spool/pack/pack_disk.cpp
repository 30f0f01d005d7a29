#include "spool/pack/pack_disk.hpp"

#include "spool/error.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace homespool::spool {
namespace {

constexpr mode_t kMode = 0600; // mail is private

// Takes `done` bytes off the front.
std::span<iovec> without_front(std::span<iovec> parts, std::size_t done) {
  while (!parts.empty() && done >= parts.front().iov_len) {
    done -= parts.front().iov_len;
    parts = parts.subspan(1);
  }
  if (!parts.empty()) {
    parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + done;
    parts.front().iov_len -= done;
  }
  return parts;
}

} // namespace

int PackDisk::open(const char* path, int flags) {
  return ::open(path, flags | O_CLOEXEC, kMode);
}
ssize_t PackDisk::pwritev(int fd, const iovec* parts, int count, off_t offset) {
  return ::pwritev(fd, parts, count, offset);
}
// The size stays that of what was written, so that a reader never meets the room ahead.
int PackDisk::fallocate(int fd, off_t offset, off_t length) {
  return ::fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, length);
}
int PackDisk::ftruncate(int fd, off_t size) {
  return ::ftruncate(fd, size);
}
void PackDisk::start_sync(int fd, off_t offset, off_t length) {
  ::sync_file_range(fd, offset, length, SYNC_FILE_RANGE_WRITE);
}
int PackDisk::fdatasync(int fd) {
  return ::fdatasync(fd);
}
int PackDisk::fsync(int fd) {
  return ::fsync(fd);
}
int PackDisk::rename(const char* from, const char* to) {
  return ::rename(from, to);
}
int PackDisk::unlink(const char* path) {
  return ::unlink(path);
}

DiskFile::~DiskFile() {
  if (fd_ >= 0) ::close(fd_);
}

boost::system::error_code last_disk_error() {
  if (errno == ENOSPC || errno == EDQUOT) return Error::no_space;
  return {errno, boost::system::system_category()};
}

boost::system::result<DiskFile> open_file(PackDisk& disk, const std::filesystem::path& path, int flags) {
  const int fd = disk.open(path.c_str(), flags);
  if (fd < 0) return last_disk_error();
  return DiskFile(fd);
}

boost::system::error_code write_all(PackDisk& disk, const DiskFile& file, std::span<iovec> parts,
                                    std::uint64_t offset) {
  parts = without_front(parts, 0);
  while (!parts.empty()) {
    const auto done =
        disk.pwritev(file.fd(), parts.data(), static_cast<int>(parts.size()), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done == 0) errno = EIO; // else this would never end
    if (done <= 0) return last_disk_error();
    offset += static_cast<std::uint64_t>(done);
    parts = without_front(parts, static_cast<std::size_t>(done));
  }
  return {};
}

boost::system::error_code truncate_file(PackDisk& disk, const DiskFile& file, std::uint64_t size) {
  while (disk.ftruncate(file.fd(), static_cast<off_t>(size)) != 0)
    if (errno != EINTR) return last_disk_error();
  return {};
}

boost::system::error_code sync_file(PackDisk& disk, const DiskFile& file) {
  // Not again after EINTR: what was lost by then is not told twice.
  if (disk.fdatasync(file.fd()) != 0) return last_disk_error();
  return {};
}

boost::system::error_code sync_directory(PackDisk& disk, const std::filesystem::path& directory) {
  const auto opened = open_file(disk, directory, O_RDONLY | O_DIRECTORY);
  if (!opened) return opened.error();
  if (disk.fsync(opened->fd()) != 0) return last_disk_error();
  return {};
}

boost::system::error_code read_exactly(const DiskFile& file, std::uint64_t offset, std::span<char> into) {
  while (!into.empty()) {
    const auto got = ::pread(file.fd(), into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 || (got < 0 && errno == EIO)) return Error::bad_record;
    if (got < 0) return last_disk_error();
    into = into.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return {};
}

} // namespace homespool::spool
