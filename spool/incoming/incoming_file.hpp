// The file of a message too big for memory: room for a record's header, the body as it comes, the trailer.
//
// For: Incoming. When the message is committed the writer completes the header and the file becomes a pack by
// itself; otherwise it is removed with this object. Threads: one owner at a time.
#pragma once

#include "spool/pack/pack_disk.hpp"

#include <boost/system/result.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace homespool::spool {

class IncomingFile {
 public:
  // Makes incoming-<random>.tmp in `directory`.
  static boost::system::result<IncomingFile> create(std::shared_ptr<PackDisk> disk,
                                                    const std::filesystem::path& directory);
  IncomingFile(IncomingFile&& other) noexcept;
  IncomingFile& operator=(IncomingFile&&) = delete;
  ~IncomingFile();

  const std::filesystem::path& path() const { return path_; }
  // Whole blocks of kChecksumBlock, but for the last call.
  boost::system::error_code write(std::string_view blocks);
  // Writes the trailer and waits for the disk, so that the writer thread has not to.
  boost::system::error_code finish();

  boost::system::error_code read(std::uint64_t offset, std::span<char> into) const;
  // Shows the body, mapped into memory.
  boost::system::error_code with_body(const std::function<void(std::string_view)>& use) const;

 private:
  IncomingFile(std::shared_ptr<PackDisk> disk, std::filesystem::path path, DiskFile file)
      : disk_(std::move(disk)), path_(std::move(path)), file_(std::move(file)) {}

  std::shared_ptr<PackDisk> disk_;
  std::filesystem::path path_; // empty: moved from
  DiskFile file_;
  std::uint64_t size_ = 0;
  std::vector<std::uint64_t> checksums_;
};

} // namespace homespool::spool
