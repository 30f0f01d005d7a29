#include "tests/crash/faulty_disk/unsynced.hpp"

#include "tests/crash/faulty_disk/plan.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace faulty_disk {
namespace {

constexpr std::uint64_t kSector = 512;

// Straight to the kernel: the functions of these names count calls.
void put(int fd, const char* bytes, std::size_t length, std::uint64_t offset) {
  if (::syscall(SYS_pwrite64, fd, bytes, length, offset) < 0) ::_exit(99);
}
void cut(int fd, std::uint64_t size) {
  if (::syscall(SYS_ftruncate, fd, size) < 0) ::_exit(99);
}
void rename_file(const std::string& from, const std::string& to) {
  ::syscall(SYS_rename, from.c_str(), to.c_str());
}

std::uint64_t size_of(int fd) {
  struct stat facts {};
  return ::fstat(fd, &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
}

std::string folder_of(const std::string& path) {
  return path.substr(0, path.find_last_of('/'));
}

} // namespace

Unsynced::FileKey Unsynced::know(int fd) {
  struct stat facts {};
  ::fstat(fd, &facts);
  const FileKey key{facts.st_dev, facts.st_ino};
  File& file = files_[key];
  if (file.fd < 0) {
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    file.fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path.c_str(), O_RDWR | O_CLOEXEC, 0));
  }
  return key;
}

void Unsynced::write(const FileKey& key, std::uint64_t offset, std::uint64_t length) {
  File& file = files_[key];
  Change change;
  change.offset = offset;
  change.length = length;
  change.size_before = size_of(file.fd);
  if (offset < change.size_before) {
    change.before.resize(std::min(length, change.size_before - offset));
    if (::pread(file.fd, change.before.data(), change.before.size(), static_cast<off_t>(offset)) < 0)
      ::_exit(99);
  }
  file.changes.push_back(std::move(change));
}

void Unsynced::truncate(const FileKey& key, std::uint64_t size) {
  const std::uint64_t now = size_of(files_[key].fd);
  const bool shorter = size < now;
  write(key, shorter ? size : now, shorter ? now - size : size - now);
  files_[key].changes.back().truncation = shorter;
}

void Unsynced::created(const std::string& path, bool folder) {
  entries_.push_back(
      {folder ? Entry::Kind::made_folder : Entry::Kind::created, folder_of(path), path, "", ""});
}

void Unsynced::rename(const std::string& from, const std::string& to) {
  entries_.push_back({Entry::Kind::renamed, folder_of(to), from, to, save(to)});
}

void Unsynced::unlink(const std::string& path) {
  const std::string saved = save(path);
  if (!saved.empty()) entries_.push_back({Entry::Kind::unlinked, folder_of(path), path, "", saved});
}

// A second name outside the root; empty when there is no such file.
std::string Unsynced::save(const std::string& path) {
  const std::string folder = plan().root + ".removed";
  ::syscall(SYS_mkdir, folder.c_str(), 0700);
  std::string name = folder + "/" + std::to_string(::getpid()) + "-" + std::to_string(saved_++);
  return ::syscall(SYS_link, path.c_str(), name.c_str()) == 0 ? name : "";
}

void Unsynced::synced(const FileKey& file) {
  if (const auto found = files_.find(file); found != files_.end()) found->second.changes.clear();
}

void Unsynced::synced_folder(const std::string& path) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.folder == path; });
}

void Unsynced::drop() {
  for (auto& [key, file] : files_)
    for (auto change = file.changes.rbegin(); change != file.changes.rend(); ++change)
      take_back(file, *change);
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) take_back(*entry);
}

void Unsynced::take_back(const File& file, const Change& change) {
  put(file.fd, change.before.data(), change.before.size(), change.offset);
  cut(file.fd, change.size_before);
}

void Unsynced::tear(std::uint64_t seed) {
  std::mt19937_64 chance(seed);
  for (auto& [key, file] : files_)
    if (!file.changes.empty()) tear_file(file, chance);
  // The journal of a file system keeps the order of a folder's changes.
  std::map<std::string, std::uint64_t> left;
  for (const Entry& entry : entries_) ++left[entry.folder];
  for (auto& [folder, count] : left) count = chance() % (count + 1); // that many did not make it
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (left[entry->folder] == 0) continue;
    --left[entry->folder];
    take_back(*entry);
  }
}

void Unsynced::tear_file(const File& file, std::mt19937_64& chance) {
  const std::uint64_t lost = chance() % 101; // so many pieces of a hundred
  const std::uint64_t size = size_of(file.fd), before = file.changes.front().size_before;
  for (auto change = file.changes.rbegin(); change != file.changes.rend(); ++change) {
    if (change->truncation) {
      if (chance() % 2 == 0) take_back(file, *change);
      continue;
    }
    const std::uint64_t end = change->offset + change->length;
    for (std::uint64_t at = change->offset; at < end; at = (at / kSector + 1) * kSector)
      if (chance() % 100 < lost)
        take_back_piece(file, *change, at, std::min(end, (at / kSector + 1) * kSector));
  }
  // A longer file may have any size in between.
  if (size > before && chance() % 2 == 0) cut(file.fd, before + chance() % (size - before + 1));
}

void Unsynced::take_back_piece(const File& file, const Change& change, std::uint64_t from, std::uint64_t to) {
  to = std::min(to, size_of(file.fd));
  if (from >= to) return;
  std::string piece(to - from, '\0'); // what never was written reads as zeros
  const std::uint64_t skipped = from - change.offset;
  if (skipped < change.before.size())
    change.before.copy(piece.data(), std::min<std::uint64_t>(piece.size(), change.before.size() - skipped),
                       skipped);
  put(file.fd, piece.data(), piece.size(), from);
}

void Unsynced::take_back(const Entry& entry) {
  switch (entry.kind) {
  case Entry::Kind::created:
    ::syscall(SYS_unlink, entry.path.c_str());
    break;
  case Entry::Kind::made_folder:
    ::syscall(SYS_rmdir, entry.path.c_str());
    break;
  case Entry::Kind::renamed:
    rename_file(entry.to, entry.path);
    if (!entry.saved.empty()) rename_file(entry.saved, entry.to);
    break;
  case Entry::Kind::unlinked:
    rename_file(entry.saved, entry.path);
    break;
  }
}

} // namespace faulty_disk
