#include "spool/pack/pack_files.hpp"

#include "spool/pack/pack_name.hpp"

#include <fcntl.h>

namespace homespool::spool {

boost::system::result<std::shared_ptr<const DiskFile>> PackFiles::open(std::uint32_t pack) {
  const std::lock_guard lock(mutex_);
  if (const auto known = by_pack_.find(pack); known != by_pack_.end()) {
    kept_.splice(kept_.begin(), kept_, known->second);
    return known->second->file;
  }
  PackDisk disk;
  auto opened = open_file(disk, directory_ / pack_name(pack), O_RDONLY);
  if (!opened) return opened.error();
  kept_.push_front({pack, std::make_shared<const DiskFile>(std::move(*opened))});
  by_pack_[pack] = kept_.begin();
  if (kept_.size() > kKeptOpen) {
    by_pack_.erase(kept_.back().pack);
    kept_.pop_back();
  }
  return kept_.front().file;
}

void PackFiles::forget(std::uint32_t pack) {
  const std::lock_guard lock(mutex_);
  const auto known = by_pack_.find(pack);
  if (known == by_pack_.end()) return;
  kept_.erase(known->second);
  by_pack_.erase(known);
}

} // namespace homespool::spool
