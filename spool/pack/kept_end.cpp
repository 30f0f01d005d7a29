#include "spool/pack/kept_end.hpp"

#include "spool/checksum.hpp"

#include <array>
#include <fcntl.h>
#include <fstream>
#include <sstream>

namespace homespool::spool {
namespace {

constexpr std::size_t kLength = 96; // of all of it, so that it is written over in one piece

std::string words_of(const KeptEnd& end) {
  return std::to_string(end.pack) + ' ' + std::to_string(end.offset) + ' ' + std::to_string(end.single);
}

} // namespace

bool KeptEnd::is_ahead_of(const PackWriter::End& end) const {
  return std::pair(pack, offset) > std::pair(end.pack, end.offset) || single > end.single;
}

std::optional<KeptEnd> read_kept_end(const std::filesystem::path& packs) {
  std::ifstream file(packs / kKeptName);
  KeptEnd end;
  std::uint64_t sum = 0;
  if (!(file >> end.pack >> end.offset >> end.single >> sum)) return std::nullopt;
  if (sum != checksum(words_of(end), 0)) return std::nullopt;
  return end;
}

boost::system::error_code KeptEndFile::write(PackDisk& disk, const KeptEnd& end) {
  if (!file_) {
    auto opened = open_file(disk, path_, O_WRONLY | O_CREAT);
    if (!opened) return opened.error();
    file_ = std::move(*opened);
  }
  const std::string words = words_of(end);
  std::string text = words + ' ' + std::to_string(checksum(words, 0));
  text.resize(kLength - 1, ' ');
  text += '\n';
  std::array parts = {iovec{text.data(), text.size()}};
  return write_all(disk, file_, parts, 0);
}

} // namespace homespool::spool
