// Backups of a spool: a folder laid out as a spool is, which holds one state of it whole.
//
// DIR/index.db is a copy of the index; its name is given last, so a backup that is broken off leaves the one
// before usable. Packs only grow: those that are there are not copied again, the last one is continued; those
// the index no longer names are removed at the end. DIR/tls/ holds the certificates that clients trust. Not
// for: settings and passwords, which lie outside the spool. Threads: one; they block.
#pragma once

#include "spool/check/check.hpp"
#include "spool/open_failure.hpp"

#include <boost/system/result.hpp>
#include <chrono>
#include <filesystem>
#include <functional>

namespace homespool::spool {

// What is being done, how much of what; units are "pages", "bytes", or nothing.
using CopyProgress = std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total,
                                        std::string_view unit)>;

struct CopyReport {
  std::uint64_t records = 0;                      // of messages, in the copy
  std::uint64_t packs_copied = 0, packs_kept = 0; // copied or continued; there already
  std::uint64_t bytes_copied = 0;
  std::uint64_t records_mended = 0;
  std::vector<Finding> findings; // of the copy, when it was checked
};
using CopyOutcome = boost::system::result<CopyReport, OpenFailure>;

// What the backup held before is read again only when that is asked for, or when the last check found damage
// in it: what the spool has whole is then copied again.
enum class BackupCheck { new_bytes, every_byte };

// Beside whoever uses the spool, or alone. `to` is empty, missing, or holds a backup of this spool.
CopyOutcome back_up(const std::filesystem::path& spool, const std::filesystem::path& to, BackupCheck check,
                    std::chrono::sys_seconds now, const CopyProgress& progress);

// Into a folder that is missing or holds no spool; again after it was broken off. The same messages with the
// same UIDs, flags and UIDLs; counters go on far above (spool/copy/copied_index.hpp).
CopyOutcome restore(const std::filesystem::path& backup, const std::filesystem::path& spool,
                    const CopyProgress& progress);

// Puts only those records back that are missing or damaged in a spool that nobody uses, and that the backup
// has.
CopyOutcome mend(const std::filesystem::path& backup, const std::filesystem::path& spool,
                 const CopyProgress& progress);

// Stands in a spool while it is put back; the spool cannot be used yet.
inline constexpr const char* kRestoringName = "restoring";

} // namespace homespool::spool
