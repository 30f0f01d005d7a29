#include "spool/rebuild/pack_walk.hpp"

#include "spool/pack/pack_name.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>

namespace homespool::spool {
namespace {

constexpr std::string_view kMagic = "HsRc";
constexpr std::uint64_t kStep = 1U << 20U;

} // namespace

boost::system::result<PackWalk> PackWalk::open(const std::filesystem::path& packs, std::uint32_t pack,
                                               KnownEnd known_end) {
  PackDisk disk;
  auto file = open_file(disk, packs / pack_name(pack), O_RDONLY);
  if (!file) return file.error();
  struct stat facts {};
  if (::fstat(file->fd(), &facts) != 0) return last_disk_error();
  return PackWalk(std::move(*file), PackReader::open(packs), pack, static_cast<std::uint64_t>(facts.st_size),
                  std::move(known_end));
}

PackWalk::PackWalk(DiskFile file, std::shared_ptr<PackReader> reader, std::uint32_t pack, std::uint64_t size,
                   KnownEnd known_end)
    : file_(std::move(file)), reader_(std::move(reader)), pack_(pack), size_(size),
      known_end_(std::move(known_end)) {}

std::optional<WalkedRecord> PackWalk::next() {
  while (position_ < size_) {
    if (auto record = record_at(position_)) {
      position_ = record_end(record->at);
      return record;
    }
    if (only_zeros_from(position_)) { // room that was reserved and not used
      position_ = size_;
      break;
    }
    const auto known = known_end_ ? known_end_(position_) : std::nullopt;
    const auto end = known && *known > position_ && *known <= size_ ? *known : search(position_ + 1);
    gaps_.push_back({pack_, position_, end});
    position_ = end;
  }
  return std::nullopt;
}

bool PackWalk::load(std::uint64_t offset, std::uint64_t count) {
  if (offset > size_ || count > size_ - offset) return false;
  buffer_.resize(count);
  return !read_exactly(file_, offset, buffer_);
}

std::optional<WalkedRecord> PackWalk::record_at(std::uint64_t offset) {
  if (!load(offset, kFixedHeader)) return std::nullopt;
  const auto length = header_length(buffer_);
  if (!length || !load(offset, *length)) return std::nullopt;
  const auto header = decode_header(buffer_);
  if (!header) return std::nullopt;
  const Location at{pack_, offset, offset + header->header_size, header->body_size};
  if (at.body > size_ || record_end(at) > size_) return std::nullopt;
  return WalkedRecord{header->info, at};
}

bool PackWalk::only_zeros_from(std::uint64_t offset) {
  while (offset < size_) {
    const auto count = std::min(kStep, size_ - offset);
    if (!load(offset, count) || buffer_.find_first_not_of('\0') != std::string::npos) return false;
    offset += count;
  }
  return true;
}

bool PackWalk::is_whole(const WalkedRecord& record) {
  std::string body;
  for (std::uint64_t done = 0; done < record.at.size; done += body.size()) {
    body.resize(std::min(kStep, record.at.size - done));
    if (reader_->read(record.at, done, body)) return false;
  }
  return true;
}

std::uint64_t PackWalk::search(std::uint64_t offset) {
  constexpr std::uint64_t kSector = 4096;
  while (offset < size_) {
    const auto count = std::min(kStep, size_ - offset);
    if (!load(offset, count)) { // a sector that cannot be read
      offset += std::min(kSector, size_ - offset);
      continue;
    }
    std::vector<std::uint64_t> places;
    for (auto at = buffer_.find(kMagic); at != std::string::npos; at = buffer_.find(kMagic, at + 1))
      places.push_back(offset + at);
    for (const auto place : places) {
      const auto record = record_at(place);
      if (record && is_whole(*record)) return place;
    }
    if (count < kStep) break;
    offset += count - (kMagic.size() - 1);
  }
  return size_;
}

} // namespace homespool::spool
