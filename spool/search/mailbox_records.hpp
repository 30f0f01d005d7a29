// Which record each message of a mailbox has, by UID: kept in memory for mailboxes that are searched.
//
// A message never changes its record, so what is known stays true; new messages are read at the next search.
// Threads: MailboxRecords by all; a RecordMap is immutable.
#pragma once

#include "spool/ids.hpp"
#include "spool/index/sqlite.hpp"

#include <list>
#include <memory>
#include <mutex>
#include <vector>

namespace homespool::spool::search {

struct RecordOfUid {
  Uid uid;
  RecordId record;
};
using RecordMap = std::vector<RecordOfUid>; // UIDs rise

class MailboxRecords {
 public:
  // All messages with a UID below `next`. `index` is the caller's connection to index.db. SqliteError.
  std::shared_ptr<const RecordMap> of(MailboxId mailbox, Uid next, index::Database& index);

 private:
  struct Known {
    MailboxId mailbox;
    Uid next; // read up to here
    std::shared_ptr<const RecordMap> records;
  };
  std::mutex mutex_;
  std::list<Known> known_; // used last comes first
};

} // namespace homespool::spool::search
