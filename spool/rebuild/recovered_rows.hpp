// The rows of an index that is made again: what a record says becomes a message in its folder, and rows that
// do not agree are brought to agree.
//
// Threads: the connection's; within a transaction.
#pragma once

#include "spool/check/finding.hpp"
#include "spool/check/record_check.hpp"
#include "spool/index/sqlite.hpp"
#include "spool/rebuild/pack_walk.hpp"

#include <map>
#include <set>

namespace homespool::spool {

class RecoveredRows {
 public:
  RecoveredRows(index::Database& database, std::chrono::sys_seconds now);

  std::optional<RecordRow> known(RecordId record);
  // Its messages lay in folders that are not there any more.
  bool is_homeless(RecordId record) const { return homeless_.contains(record.value); }
  // Given out before the base was made. One that lies where the base knew all, and is not known, was given
  // up.
  bool is_older_than_base(RecordId record) const { return record.value < first_new_record_; }

  // Where the record lies and what its bytes say; true when the index said otherwise.
  bool settle(const WalkedRecord& found, std::string_view message);
  // A message that the base does not know. What it is now.
  AffectedMessage add(const WalkedRecord& found, std::string_view message);
  void forget(RecordId record);

  // Rows that name what is not there, counters that are behind; returns how many.
  std::uint64_t mend_rows();
  // After all: folders in which a message could not get its UID back. "USER: FOLDER".
  std::vector<std::string> renew_uidvalidities();
  std::uint64_t messages();

 private:
  struct Folder {
    std::int64_t id = 0;
    std::uint32_t uidvalidity = 0;
    std::int64_t first_free = 1; // UIDNEXT of the base
  };
  Folder& folder(const RecordInfo& info);
  std::int64_t uid_for(Folder& folder, const RecordInfo& info);
  void put_record(const WalkedRecord& found, std::string_view message);
  void note_origin(const RecordInfo& info, std::string_view message);
  std::int64_t changed(const char* sql);

  index::Database& database_;
  std::uint32_t now_;
  std::int64_t first_new_record_ = 1;
  std::uint64_t hash_seed_ = 0;
  bool hashes_by_day_ = false;
  std::string spool_id_;
  std::map<std::pair<std::string, std::string>, Folder> folders_;
  std::set<std::int64_t> renumbered_; // folders
  std::set<std::int64_t> homeless_;   // records
};

} // namespace homespool::spool
