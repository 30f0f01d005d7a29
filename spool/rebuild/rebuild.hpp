// Makes the index again: from the index itself when its pages are sound, else from the newest index.snapshot,
// else from nothing; and from the packs, whose records say to whom they belong, where and under which UID
// they arrived.
//
// The old index is kept as index.db.old-…. UIDLs stay whenever there is an index or a snapshot; UIDs stay, or
// the folder gets a new UIDVALIDITY. Not beside a daemon. Threads: one; it blocks, for as long as reading all
// packs takes.
#pragma once

#include "spool/copy/backup.hpp"
#include "spool/rebuild/pack_walk.hpp"

namespace homespool::spool {

// A new index that is done and not in place yet: whoever opens the spool next puts it there.
inline constexpr const char* kWholeName = "index.db.whole";

struct RebuildReport {
  enum class Base { index, snapshot, nothing };
  Base base = Base::nothing;
  std::chrono::sys_seconds base_made{}; // of a snapshot
  std::string why;                      // the index itself was not used
  bool log_damaged = false;             // of the index: commits are lost
  bool older = false;                   // the packs hold more than it knew
  bool same_uidls = true;               // false: neither index nor packs told what the spool is called
  std::uint64_t packs = 0;
  std::uint64_t messages = 0;               // in the new index
  std::uint64_t rows_mended = 0;            // that said something else than the bytes, or than each other
  std::uint64_t forgotten = 0;              // records of the base that are in no pack: given up since
  std::uint64_t duplicates = 0;             // bytes of a record that is there already
  std::vector<AffectedMessage> added;       // came after the base was made
  std::vector<AffectedMessage> unreadable;  // stay in the index; a backup may have them
  std::vector<PackGap> gaps;                // damaged bytes of packs
  std::vector<std::string> new_uidvalidity; // "USER: FOLDER": clients fetch these again
};

boost::system::result<RebuildReport, OpenFailure>
rebuild_index(const std::filesystem::path& spool, std::chrono::sys_seconds now, const CopyProgress& progress);

// For a spool that is in use: it makes its index again when it is opened next. False when that cannot be
// noted.
bool ask_for_rebuild(const std::filesystem::path& spool);
// At the opening: does so if it was asked for, or commits of the log are lost that were promised; and ends
// what was cut off. A sentence about what came of it.
boost::system::result<std::optional<std::string>, OpenFailure>
rebuild_if_asked(const std::filesystem::path& spool, std::chrono::sys_seconds now,
                 const CopyProgress& progress);
// Likewise, where packs could not be opened for Error::index_is_old.
boost::system::result<std::string, OpenFailure> rebuild_old_index(const std::filesystem::path& spool,
                                                                  std::chrono::sys_seconds now,
                                                                  const CopyProgress& progress);

} // namespace homespool::spool
