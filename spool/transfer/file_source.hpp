// A file of somebody else's, read by position. It may change meanwhile: what is added is not looked at, and
// where it ends early nothing comes.
//
// Threads: one owner.
#pragma once

#include "mail/byte_source.hpp"
#include "spool/pack/pack_disk.hpp"

#include <chrono>
#include <filesystem>
#include <memory>

namespace homespool::spool {

class FileSource final : public mail::ByteSource {
 public:
  // Regular files only; never waits for the writer of a pipe.
  static boost::system::result<std::unique_ptr<FileSource>> open(const std::filesystem::path& path);

  std::uint64_t size() const override { return size_; }
  boost::system::result<std::size_t> read(std::uint64_t offset, std::span<char> into) override;
  std::chrono::sys_seconds modified() const { return modified_; }

 private:
  DiskFile file_;
  std::uint64_t size_ = 0;
  std::chrono::sys_seconds modified_{};
};

} // namespace homespool::spool
