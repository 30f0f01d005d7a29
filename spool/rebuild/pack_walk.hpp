// Walks the records of a pack that may be damaged: behind damage it looks for the next record and goes on.
//
// Headers are read, bodies only where it has to be sure. Behind a damaged header it searches for the next
// one; what it finds there counts only when all its checksums match, since a message may hold anything, also
// what looks like a record. Threads: one owner.
#pragma once

#include "spool/pack/pack.hpp"
#include "spool/pack/pack_disk.hpp"
#include "spool/pack/pack_record.hpp"

#include <functional>
#include <optional>

namespace homespool::spool {

struct WalkedRecord {
  RecordInfo info;
  Location at;
};
// Bytes that are no record that can be read.
struct PackGap {
  std::uint32_t pack = 0;
  std::uint64_t begin = 0, end = 0;
};

class PackWalk {
 public:
  // The end of a record that is known to begin there, from an index.
  using KnownEnd = std::function<std::optional<std::uint64_t>(std::uint64_t offset)>;

  // Of packs/<name of `pack`>, which must be there.
  static boost::system::result<PackWalk> open(const std::filesystem::path& packs, std::uint32_t pack,
                                              KnownEnd known_end = {});

  // The next record with a sound header that fits into the file; its body may be damaged.
  std::optional<WalkedRecord> next();
  // Those passed so far.
  const std::vector<PackGap>& gaps() const { return gaps_; }
  std::uint64_t size() const { return size_; }
  std::uint64_t position() const { return position_; }

 private:
  PackWalk(DiskFile file, std::shared_ptr<PackReader> reader, std::uint32_t pack, std::uint64_t size,
           KnownEnd known_end);
  bool load(std::uint64_t offset, std::uint64_t count);
  std::optional<WalkedRecord> record_at(std::uint64_t offset);
  bool only_zeros_from(std::uint64_t offset);
  bool is_whole(const WalkedRecord& record);
  // The next place from `offset` on where a whole record begins; the end of the file when there is none.
  std::uint64_t search(std::uint64_t offset);

  DiskFile file_;
  std::shared_ptr<PackReader> reader_;
  std::uint32_t pack_;
  std::uint64_t size_;
  KnownEnd known_end_;
  std::uint64_t position_ = 0;
  std::vector<PackGap> gaps_;
  std::string buffer_;
};

} // namespace homespool::spool
