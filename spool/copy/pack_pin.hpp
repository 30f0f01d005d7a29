// Keeps packs from being removed while somebody reads them by what an older state of the index says.
//
// A lock on the directory packs/ itself: many may pin, and who removes packs waits until nobody does. It
// holds between processes, and goes with the process however that ends. Writing, and making packs, needs no
// lock: packs only grow. Threads: one owner.
#pragma once

#include "spool/pack/pack_disk.hpp"

#include <filesystem>
#include <optional>

namespace homespool::spool {

class PackPin {
 public:
  // Take it before the state of the index is read. Waits for a removal under way, which is short. Nothing
  // when there is no such directory (or locks do not work there: then nothing is removed either).
  static std::optional<PackPin> hold(const std::filesystem::path& packs);
  // For who removes packs: nothing while anybody has pinned them. To be held only while files are unlinked.
  static std::optional<PackPin> to_remove(const std::filesystem::path& packs);

 private:
  explicit PackPin(DiskFile directory) : directory_(std::move(directory)) {}
  static std::optional<PackPin> take(const std::filesystem::path& packs, int how);
  DiskFile directory_;
};

} // namespace homespool::spool
