// Packs opened for reading, the most recently used ones kept open. Threads: any.
#pragma once

#include "spool/pack/pack_disk.hpp"

#include <boost/system/result.hpp>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace homespool::spool {

class PackFiles {
 public:
  static constexpr std::size_t kKeptOpen = 64;

  explicit PackFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // The file stays open while the caller holds it, even when it drops out of here.
  boost::system::result<std::shared_ptr<const DiskFile>> open(std::uint32_t pack);
  void forget(std::uint32_t pack);

 private:
  struct Kept {
    std::uint32_t pack;
    std::shared_ptr<const DiskFile> file;
  };
  std::filesystem::path directory_;
  std::mutex mutex_;
  std::list<Kept> kept_; // the most recently used first
  std::unordered_map<std::uint32_t, std::list<Kept>::iterator> by_pack_;
};

} // namespace homespool::spool
