// Puts single records back from another copy of the same spool, in place: a record has a checksum of its own,
// so it is either whole there or not.
//
// For: `restore --mend`, and a backup that was found damaged. Throws CopyFailure. Threads: one; it blocks.
#pragma once

#include "spool/copy/backup.hpp"
#include "spool/copy/check_copy.hpp"

#include <filesystem>
#include <vector>

namespace homespool::spool {

struct MendPlace {
  const std::filesystem::path directory; // its packs
  index::Database& index;                // and what says where their records lie
};

struct MendedRecords {
  std::vector<RecordId> records;
  NewBytes packs; // in which they lie
  std::uint64_t bytes = 0;
};

// Reads every byte of `to`; records that are damaged or missing there, and whole in `from`, are written.
MendedRecords mend_records(const MendPlace& from, const MendPlace& to, const CopyProgress& progress);

} // namespace homespool::spool
