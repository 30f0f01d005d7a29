#include "spool/copy/pack_pin.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>

namespace homespool::spool {

std::optional<PackPin> PackPin::hold(const std::filesystem::path& packs) {
  return take(packs, LOCK_SH);
}

std::optional<PackPin> PackPin::to_remove(const std::filesystem::path& packs) {
  return take(packs, LOCK_EX | LOCK_NB);
}

std::optional<PackPin> PackPin::take(const std::filesystem::path& packs, int how) {
  PackDisk disk;
  auto directory = open_file(disk, packs, O_RDONLY | O_DIRECTORY);
  if (!directory) return std::nullopt;
  while (::flock(directory->fd(), how) != 0)
    if (errno != EINTR) return std::nullopt;
  return PackPin(std::move(*directory));
}

} // namespace homespool::spool
