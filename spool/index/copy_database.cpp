#include "spool/index/copy_database.hpp"

#include "spool/index/page_sums.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace homespool::spool::index {
namespace {

constexpr int kPagesAtOnce = 2048; // 8 MiB

[[noreturn]] void fail(const std::filesystem::path& file) {
  throw SqliteError(errno == ENOSPC ? SQLITE_FULL : SQLITE_IOERR,
                    file.string() + ": " + std::strerror(errno));
}

void make_empty(const std::filesystem::path& file) {
  ::unlink(file.c_str());
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) fail(file);
  ::close(descriptor);
}

void sync(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  const bool done = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (!done) fail(file);
  ::close(descriptor);
}

// A connection without any of the settings of Database: what it writes is not in use yet.
class Target {
 public:
  Target(const std::filesystem::path& file, bool with_sums) {
    const int code = sqlite3_open_v2(file.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                                     with_sums ? page_sums_vfs() : nullptr);
    if (code != SQLITE_OK) refuse(code);
    run("PRAGMA synchronous=OFF");
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  ~Target() { sqlite3_close(handle_); }

  void run(const std::string& sql) {
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) refuse(code);
  }

  void take(Database& from, const CopiedPages& progress) {
    using Copy = std::unique_ptr<sqlite3_backup, int (*)(sqlite3_backup*)>;
    const Copy copy(sqlite3_backup_init(handle_, "main", from.handle(), "main"), &sqlite3_backup_finish);
    if (!copy) refuse(sqlite3_errcode(handle_));
    int code = SQLITE_OK;
    while ((code = sqlite3_backup_step(copy.get(), kPagesAtOnce)) == SQLITE_OK) {
      const auto total = static_cast<std::uint64_t>(sqlite3_backup_pagecount(copy.get()));
      if (progress) progress(total - static_cast<std::uint64_t>(sqlite3_backup_remaining(copy.get())), total);
    }
    if (code != SQLITE_DONE) refuse(code);
  }

 private:
  [[noreturn]] void refuse(int code) const {
    throw SqliteError(code, "the copy of the index cannot be written: " + std::string(sqlite3_errstr(code)));
  }
  sqlite3* handle_ = nullptr;
};

} // namespace

void copy_database(Database& from, const std::filesystem::path& to, const std::string& then,
                   const CopiedPages& progress) {
  make_empty(to);
  from.run("BEGIN");
  try {
    // The first read decides which state it is; backup steps then stay with it.
    Statement(from.handle(), "SELECT count(*) FROM sqlite_schema").step();
    Target target(to, sees_page_sums(from.handle()));
    target.take(from, progress);
    target.run("PRAGMA journal_mode=DELETE");
    target.run(then);
  } catch (...) {
    from.run("ROLLBACK");
    throw;
  }
  from.run("COMMIT");
  sync(to);
}

} // namespace homespool::spool::index
