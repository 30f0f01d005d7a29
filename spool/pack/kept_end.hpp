// Up to where records of packs were committed, told by a small file beside them (packs/kept), so that an
// index that is older than its packs can be told from a crash: what lies behind the end of the index was
// never acknowledged after a crash, and was if this says that it was committed.
//
// It is written after each commit and not synced: it is behind the truth at times, never ahead of it, and
// what is missing or torn says nothing. Threads: the pack writer's, and before it runs.
#pragma once

#include "spool/pack/pack.hpp"
#include "spool/pack/pack_disk.hpp"

#include <optional>

namespace homespool::spool {

inline constexpr const char* kKeptName = "kept";

// As PackWriter::End has them.
struct KeptEnd {
  std::uint32_t pack = 0;
  std::uint64_t offset = 0;
  std::uint32_t single = 0;
  // Something was committed that an index which ends there does not know.
  bool is_ahead_of(const PackWriter::End& end) const;
};

std::optional<KeptEnd> read_kept_end(const std::filesystem::path& packs);

class KeptEndFile {
 public:
  explicit KeptEndFile(const std::filesystem::path& packs) : path_(packs / kKeptName) {}
  // After an error it may be torn, and says nothing.
  boost::system::error_code write(PackDisk& disk, const KeptEnd& end);

 private:
  std::filesystem::path path_;
  DiskFile file_;
};

} // namespace homespool::spool
