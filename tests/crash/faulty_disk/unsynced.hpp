// What was written and not synced, and how to take it back: files by ranges, folders by their entries.
//
// The strict reading of POSIX: a file's bytes and size are safe after fsync or fdatasync of that file, its
// name after fsync of the folder. Files keep a descriptor of their own here, so that closing and renaming
// change nothing. Threads: one at a time (the caller's lock).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <sys/types.h>
#include <vector>

namespace faulty_disk {

class Unsynced {
 public:
  using FileKey = std::pair<dev_t, ino_t>;

  // `fd` is open for writing.
  FileKey know(int fd);
  // Before the call, in each case; `path` is absolute.
  void write(const FileKey& file, std::uint64_t offset, std::uint64_t length);
  void truncate(const FileKey& file, std::uint64_t size);
  void rename(const std::string& from, const std::string& to);
  void unlink(const std::string& path);
  // After it.
  void created(const std::string& path, bool folder);
  void synced(const FileKey& file);
  void synced_folder(const std::string& path);

  // The power fails: nothing of it reached the disk.
  void drop();
  // Any part of it did, in pieces of 512 bytes; of a folder's entries the first so many.
  void tear(std::uint64_t seed);

 private:
  struct Change { // of a file's bytes
    std::uint64_t offset = 0, length = 0;
    std::uint64_t size_before = 0;
    std::string before; // from `offset`, as far as the file reached
    bool truncation = false;
  };
  struct File {
    int fd = -1;
    std::vector<Change> changes;
  };
  struct Entry { // of a folder
    enum class Kind { created, made_folder, renamed, unlinked } kind;
    std::string folder, path, to;
    std::string saved; // what the call removes, under another name
  };
  std::string save(const std::string& path);
  void take_back(const File& file, const Change& change);
  void tear_file(const File& file, std::mt19937_64& chance);
  void take_back_piece(const File& file, const Change& change, std::uint64_t from, std::uint64_t to);
  void take_back(const Entry& entry);

  std::map<FileKey, File> files_;
  std::vector<Entry> entries_;
  int saved_ = 0;
};

} // namespace faulty_disk
