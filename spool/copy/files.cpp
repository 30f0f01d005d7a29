#include "spool/copy/files.hpp"

#include "spool/pack/pack_disk.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace homespool::spool {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kStep = std::size_t{1} << 20U;
constexpr std::size_t kSector = 4096;
constexpr std::uint64_t kTail = 64U << 10U;

[[noreturn]] void fail(const fs::path& file, const std::string& why) {
  throw CopyFailure{file.string() + " " + why};
}

void check(boost::system::error_code error, const fs::path& file, const char* what) {
  if (error) fail(file, std::string(what) + ": " + error.message());
}

DiskFile open_or_fail(const fs::path& file, int flags) {
  PackDisk disk;
  auto opened = open_file(disk, file, flags);
  if (!opened) check(opened.error(), file, "cannot be opened");
  return std::move(*opened);
}

// Up to into.size() bytes; fewer at the end of the file. Sectors that cannot be read are zeros: one must not
// keep the rest from being copied, and the checksums of the records tell of it.
std::size_t read_some(const DiskFile& file, const fs::path& name, std::uint64_t offset,
                      std::span<char> into) {
  std::size_t done = 0;
  bool careful = false;
  while (done < into.size()) {
    const std::size_t left = into.size() - done;
    const std::size_t count = careful ? std::min(left, kSector) : left;
    auto got = ::pread(file.fd(), into.data() + done, count, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EIO && !careful) {
      careful = true;
      continue;
    }
    if (got < 0 && errno == EIO) {
      std::fill_n(into.data() + done, count, '\0');
      got = static_cast<ssize_t>(count);
    }
    if (got < 0) fail(name, std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

std::uint64_t copy_bytes(const fs::path& from, const fs::path& to, std::uint64_t begin, std::uint64_t end,
                         int flags, const CopiedBytes& progress) {
  PackDisk disk;
  const DiskFile source = open_or_fail(from, O_RDONLY);
  const DiskFile target = open_or_fail(to, flags);
  std::vector<char> buffer(kStep);
  std::uint64_t at = begin;
  while (at < end) {
    const auto wanted = std::min<std::uint64_t>(kStep, end - at);
    const std::size_t got = read_some(source, from, at, std::span(buffer).first(wanted));
    if (got == 0) break;
    std::array parts{iovec{buffer.data(), got}};
    check(write_all(disk, target, parts, at), to, "cannot be written");
    at += got;
    if (progress) progress(got);
  }
  check(truncate_file(disk, target, at), to, "cannot be written");
  check(sync_file(disk, target), to, "cannot be written");
  return at;
}

} // namespace

std::uint64_t copy_file(const fs::path& from, const fs::path& to, std::uint64_t size,
                        const CopiedBytes& progress) {
  const fs::path temporary = to.string() + ".new";
  ::unlink(temporary.c_str());
  const auto copied = copy_bytes(from, temporary, 0, size, O_RDWR | O_CREAT | O_EXCL, progress);
  rename_durably(temporary, to);
  return copied;
}

std::uint64_t extend_file(const fs::path& from, const fs::path& to, std::uint64_t begin, std::uint64_t end,
                          const CopiedBytes& progress) {
  return copy_bytes(from, to, begin, end, O_RDWR, progress);
}

bool same_tail(const fs::path& a, const fs::path& b, std::uint64_t end) {
  const std::uint64_t begin = end - std::min(end, kTail);
  std::vector<char> of_a(end - begin), of_b(end - begin);
  return read_some(open_or_fail(a, O_RDONLY), a, begin, of_a) == of_a.size() &&
         read_some(open_or_fail(b, O_RDONLY), b, begin, of_b) == of_b.size() && of_a == of_b;
}

std::optional<std::int64_t> read_number(const fs::path& file) {
  std::int64_t number = 0;
  if (std::ifstream(file) >> number) return number;
  return std::nullopt;
}

void note_number(const fs::path& file, std::int64_t number) {
  const fs::path temporary = file.string() + ".new";
  PackDisk disk;
  std::string text = std::to_string(number) + "\n";
  const DiskFile target = open_or_fail(temporary, O_RDWR | O_CREAT | O_TRUNC);
  std::array parts{iovec{text.data(), text.size()}};
  check(write_all(disk, target, parts, 0), file, "cannot be written");
  check(sync_file(disk, target), file, "cannot be written");
  rename_durably(temporary, file);
}

std::uint64_t size_of(const fs::path& file) {
  struct stat facts {};
  return ::stat(file.c_str(), &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
}

void make_private_directory(const fs::path& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
    fail(directory, std::string("cannot be made: ") + std::strerror(errno));
}

void rename_durably(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    fail(to, std::string("cannot be put in place: ") + std::strerror(errno));
  sync_names(to.parent_path());
}

void sync_names(const fs::path& directory) {
  PackDisk disk;
  check(sync_directory(disk, directory), directory, "cannot be written");
}

void give_to_owner(const fs::path& spool) {
  struct stat owner {};
  if (::geteuid() != 0 || ::stat(spool.c_str(), &owner) != 0 || owner.st_uid == 0) return;
  for (const auto& entry : fs::recursive_directory_iterator(spool))
    if (::lchown(entry.path().c_str(), owner.st_uid, owner.st_gid) != 0)
      fail(entry.path(), std::string("cannot be given to its owner: ") + std::strerror(errno));
}

} // namespace homespool::spool
