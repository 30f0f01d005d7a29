// Preloaded into a program, this stands between it and the kernel: every call that changes files below a
// folder is counted, and at one of them the process ends, the power fails, or the disk does (plan.hpp).
//
// Covers what the program and SQLite call for files they write; stdio is not covered. A file is known by its
// descriptor, so one that is passed on or duplicated is not followed. Threads: one lock around each call.
#include "tests/crash/faulty_disk/plan.hpp"
#include "tests/crash/faulty_disk/unsynced.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

using namespace faulty_disk;

namespace {

struct OpenFile {
  std::string path;                         // absolute, as it was opened
  std::optional<Unsynced::FileKey> written; // absent: a folder
};

// What a call is to do instead of its work.
struct Verdict {
  int error = 0;     // fail with it
  bool half = false; // write half first
};

enum class Wants { nothing, room };

class Disk {
 public:
  static Disk& instance() {
    static Disk& only = *new Disk; // never destroyed
    return only;
  }
  std::mutex& mutex() { return mutex_; }
  Unsynced& unsynced() { return unsynced_; }

  OpenFile* file(int fd) {
    const auto found = files_.find(fd);
    return found == files_.end() ? nullptr : &found->second;
  }
  void opened(int fd, const std::string& path, int flags, bool is_new) {
    files_.erase(fd);
    if (fd < 0 || inside(path).empty()) return;
    OpenFile file{path, std::nullopt};
    if ((flags & O_ACCMODE) != O_RDONLY) {
      file.written = unsynced_.know(fd);
    } else if ((flags & O_DIRECTORY) == 0 && !is_folder(fd)) {
      return;
    }
    if (is_new) unsynced_.created(path, false);
    files_[fd] = std::move(file);
  }
  void closed(int fd) { files_.erase(fd); }

  // One more call; does not come back when the process ends here.
  Verdict count(const char* call, const std::string& path, Wants wants, bool writes = false) {
    trace(call, path);
    if (!counts(call, path)) return {};
    const std::uint64_t number = ++count_;
    const Plan& plan = faulty_disk::plan();
    if (plan.at == 0 || number < plan.at || number >= plan.at + plan.span) return {};
    switch (plan.deed) {
    case Deed::nothing:
      return {};
    case Deed::kill:
      end();
    case Deed::half:
      if (!writes) end();
      return {0, true};
    case Deed::drop:
      unsynced_.drop();
      end();
    case Deed::tear:
      unsynced_.tear(plan.seed + number);
      end();
    case Deed::no_space:
      if (wants != Wants::room) return {};
      return {ENOSPC, writes && number == plan.at};
    case Deed::bad:
      return {EIO, writes && number == plan.at};
    case Deed::brief:
      return {0, writes};
    }
    return {};
  }
  [[noreturn]] static void end() {
    ::kill(::getpid(), SIGKILL);
    while (true) ::pause();
  }

 private:
  static bool is_folder(int fd) {
    struct stat facts {};
    return ::fstat(fd, &facts) == 0 && S_ISDIR(facts.st_mode);
  }
  void trace(const char* call, const std::string& path) {
    if (plan().trace.empty()) return;
    if (trace_ < 0)
      trace_ = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, plan().trace.c_str(),
                                          O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    const std::string line = std::string(call) + " " + path + "\n";
    if (::syscall(SYS_write, trace_, line.data(), line.size()) < 0) ::_exit(99);
  }

  std::mutex mutex_;
  std::map<int, OpenFile> files_;
  Unsynced unsynced_;
  std::uint64_t count_ = 0;
  int trace_ = -1;
};

int failed(int error) {
  errno = error;
  return -1;
}

// A call that is not ours to write, as the C library has it.
template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

int open_file(const char* path, int flags, mode_t mode) {
  const auto straight = [&] { return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode)); };
  const std::string name = inside(path);
  if (name.empty()) return straight();
  Disk& disk = Disk::instance();
  const std::lock_guard lock(disk.mutex());
  const bool is_new = (flags & O_CREAT) != 0 && ::access(path, F_OK) != 0;
  if (is_new)
    if (const Verdict verdict = disk.count("open", name, Wants::room); verdict.error != 0)
      return failed(verdict.error);
  const int fd = straight();
  const int error = errno;
  disk.opened(fd, path, flags, is_new);
  errno = error;
  return fd;
}

std::uint64_t length_of(const iovec* parts, int count) {
  std::uint64_t length = 0;
  for (int i = 0; i < count; ++i) length += parts[i].iov_len;
  return length;
}

ssize_t write_half(int fd, const iovec* parts, int count, std::uint64_t length, std::uint64_t offset) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  return ::syscall(SYS_pwrite64, fd, bytes.data(), length / 2, offset);
}

// `offset` absent: where the file stands, which then moves on.
ssize_t write_parts(const char* call, int fd, const iovec* parts, int count, std::optional<off_t> offset) {
  const auto straight = [&]() -> ssize_t {
    if (offset) return ::syscall(SYS_pwritev, fd, parts, count, *offset, 0);
    return ::syscall(SYS_writev, fd, parts, count);
  };
  if (plan().root.empty()) return straight();
  Disk& disk = Disk::instance();
  const std::lock_guard lock(disk.mutex());
  const OpenFile* file = disk.file(fd);
  if (file == nullptr || !file->written) return straight();
  const bool appends = (::fcntl(fd, F_GETFL) & O_APPEND) != 0;
  const auto at =
      static_cast<std::uint64_t>(offset ? *offset : ::lseek(fd, 0, appends ? SEEK_END : SEEK_CUR));
  const std::uint64_t length = length_of(parts, count);
  const Verdict verdict = disk.count(call, inside(file->path), Wants::room, true);
  if (verdict.error != 0 && !verdict.half) return failed(verdict.error);
  disk.unsynced().write(*file->written, at, length);
  if (!verdict.half) return straight();
  const ssize_t done = write_half(fd, parts, count, length, at);
  if (plan().deed == Deed::half) Disk::end();
  if (verdict.error != 0) return failed(verdict.error);
  if (!offset && done > 0) ::lseek(fd, static_cast<off_t>(at) + done, SEEK_SET);
  return done;
}

ssize_t write_bytes(const char* call, int fd, const void* bytes, std::size_t length,
                    std::optional<off_t> offset) {
  const iovec part{const_cast<void*>(bytes), length};
  return write_parts(call, fd, &part, 1, offset);
}

int sync_file(const char* call, int fd, long number) {
  if (plan().root.empty()) return static_cast<int>(::syscall(number, fd));
  Disk& disk = Disk::instance();
  const std::lock_guard lock(disk.mutex());
  const OpenFile* file = disk.file(fd);
  if (file == nullptr) return static_cast<int>(::syscall(number, fd));
  if (const Verdict verdict = disk.count(call, inside(file->path), Wants::nothing); verdict.error != 0)
    return failed(verdict.error);
  // The real one is left out: it takes most of the time, and the machine under us keeps running.
  if (file->written) {
    disk.unsynced().synced(*file->written);
  } else {
    disk.unsynced().synced_folder(file->path);
  }
  return 0;
}

// Calls on an open file that write no bytes of their own.
template <class Before>
int change_file(const char* call, int fd, Wants wants, Before before, long number, long a, long b, long c) {
  const auto straight = [&] { return static_cast<int>(::syscall(number, fd, a, b, c)); };
  if (plan().root.empty()) return straight();
  Disk& disk = Disk::instance();
  const std::lock_guard lock(disk.mutex());
  const OpenFile* file = disk.file(fd);
  if (file == nullptr || !file->written) return straight();
  if (const Verdict verdict = disk.count(call, inside(file->path), wants); verdict.error != 0)
    return failed(verdict.error);
  before(disk.unsynced(), *file->written);
  return straight();
}

int truncate_file(int fd, off_t size) {
  const auto before = [size](Unsynced& unsynced, const Unsynced::FileKey& file) {
    unsynced.truncate(file, static_cast<std::uint64_t>(size));
  };
  return change_file("ftruncate", fd, Wants::nothing, before, SYS_ftruncate, size, 0, 0);
}

// Room ahead of a file shows nowhere, and making it takes a memory disk most of its time.
int allocate(int fd, int mode, off_t offset, off_t length) {
  const bool shows = (mode & FALLOC_FL_KEEP_SIZE) == 0;
  const auto before = [=](Unsynced& unsynced, const Unsynced::FileKey& file) {
    if (shows) unsynced.truncate(file, static_cast<std::uint64_t>(offset + length));
  };
  return change_file("fallocate", fd, Wants::room, before, SYS_fallocate, mode, offset, shows ? length : 1);
}

template <class Before>
int change_entry(const char* call, const std::string& path, Wants wants, Before before, long number,
                 const char* a, long b) {
  const auto straight = [&] { return static_cast<int>(::syscall(number, a, b)); };
  const std::string name = inside(path);
  if (name.empty()) return straight();
  Disk& disk = Disk::instance();
  const std::lock_guard lock(disk.mutex());
  if (const Verdict verdict = disk.count(call, name, wants); verdict.error != 0) return failed(verdict.error);
  before(disk.unsynced());
  return straight();
}

} // namespace

#define FAULTY_DISK_EXPORT extern "C" __attribute__((visibility("default")))

FAULTY_DISK_EXPORT int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_file(path, flags, mode);
}
FAULTY_DISK_EXPORT int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_file(path, flags, mode);
}
FAULTY_DISK_EXPORT int close(int fd) {
  if (!plan().root.empty()) {
    const std::lock_guard lock(Disk::instance().mutex());
    Disk::instance().closed(fd);
  }
  return static_cast<int>(::syscall(SYS_close, fd));
}
FAULTY_DISK_EXPORT ssize_t write(int fd, const void* bytes, std::size_t length) {
  return write_bytes("write", fd, bytes, length, std::nullopt);
}
FAULTY_DISK_EXPORT ssize_t writev(int fd, const iovec* parts, int count) {
  return write_parts("writev", fd, parts, count, std::nullopt);
}
FAULTY_DISK_EXPORT ssize_t pwrite(int fd, const void* bytes, std::size_t length, off_t offset) {
  return write_bytes("pwrite", fd, bytes, length, offset);
}
FAULTY_DISK_EXPORT ssize_t pwrite64(int fd, const void* bytes, std::size_t length, off64_t offset) {
  return write_bytes("pwrite", fd, bytes, length, offset);
}
FAULTY_DISK_EXPORT ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
  return write_parts("pwritev", fd, parts, count, offset);
}
FAULTY_DISK_EXPORT int fsync(int fd) {
  return sync_file("fsync", fd, SYS_fsync);
}
FAULTY_DISK_EXPORT int fdatasync(int fd) {
  return sync_file("fdatasync", fd, SYS_fdatasync);
}
FAULTY_DISK_EXPORT int ftruncate(int fd, off_t size) noexcept {
  return truncate_file(fd, size);
}
FAULTY_DISK_EXPORT int ftruncate64(int fd, off64_t size) noexcept {
  return truncate_file(fd, size);
}
FAULTY_DISK_EXPORT int fallocate(int fd, int mode, off_t offset, off_t length) {
  return allocate(fd, mode, offset, length);
}
FAULTY_DISK_EXPORT int rename(const char* from, const char* to) noexcept {
  const auto before = [=](Unsynced& unsynced) { unsynced.rename(from, to); };
  return change_entry("rename", from, Wants::room, before, SYS_rename, from, reinterpret_cast<long>(to));
}
FAULTY_DISK_EXPORT int unlink(const char* path) noexcept {
  const auto before = [=](Unsynced& unsynced) { unsynced.unlink(path); };
  return change_entry("unlink", path, Wants::nothing, before, SYS_unlink, path, 0);
}
FAULTY_DISK_EXPORT int remove(const char* path) noexcept {
  if (::unlink(path) == 0) return 0;
  return errno == EISDIR ? static_cast<int>(::syscall(SYS_rmdir, path)) : -1;
}
FAULTY_DISK_EXPORT int mkdir(const char* path, mode_t mode) noexcept {
  const auto before = [=](Unsynced& unsynced) {
    if (::access(path, F_OK) != 0) unsynced.created(path, true);
  };
  if (::access(path, F_OK) == 0) return failed(EEXIST);
  return change_entry("mkdir", path, Wants::room, before, SYS_mkdir, path, mode);
}
FAULTY_DISK_EXPORT int statvfs(const char* path, struct statvfs* facts) noexcept {
  using Statvfs = int (*)(const char*, struct statvfs*);
  static const auto call = real<Statvfs>("statvfs");
  const int done = call(path, facts);
  const int fd = plan().free.empty()
                     ? -1
                     : static_cast<int>(::syscall(SYS_openat, AT_FDCWD, plan().free.c_str(), O_RDONLY, 0));
  if (done != 0 || fd < 0) return done;
  char text[32] = {};
  if (::read(fd, text, sizeof text - 1) > 0)
    facts->f_bavail = std::strtoull(text, nullptr, 10) / facts->f_frsize;
  ::syscall(SYS_close, fd);
  return 0;
}
