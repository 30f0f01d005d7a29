// Everything the writer thread keeps: the index and the packs, the counters of ids, the open mailboxes, the
// sums. Changes (spool/change/) work on it inside the writer's transaction.
//
// What is kept in memory follows the index: when one change fails its traces here are taken back
// (undo_change), when the whole batch fails those of all (undo_batch). Threads: the writer's.
#pragma once

#include "spool/index/sqlite.hpp"
#include "spool/pack/pack.hpp"
#include "spool/store/counted.hpp"
#include "spool/store/free_space.hpp"
#include "spool/store/open_mailbox.hpp"
#include "spool/store/published.hpp"

#include <map>

namespace homespool::spool {

class Books {
 public:
  // A sound index of the newest schema.
  Books(std::unique_ptr<index::Database> database, std::unique_ptr<PackWriter> packs,
        std::shared_ptr<PackReader> reader, OpenOptions options);

  index::Database& database() { return *database_; }
  index::Statement& prepare(const char* sql) { return database_->prepare(sql); }
  PackWriter& packs() { return *packs_; }
  PackReader& pack_reader() { return *reader_; }
  const OpenOptions& options() const { return options_; }
  config::SpoolSettings& settings() { return options_.settings; }
  std::chrono::sys_seconds now() const;

  MessageId take_message_id() { return MessageId{next_message_++}; }
  MessageId next_message_id() const { return MessageId{next_message_}; }
  RecordId take_record_id() { return RecordId{next_record_++}; }
  std::uint32_t take_uidvalidity();

  // The folder's row; nothing when it is not there.
  std::optional<Mailbox> folder(MailboxId id);
  std::optional<Mailbox> folder(std::string_view user, std::string_view name);
  void folders_changed() { folders_changed_ = true; }

  // Loaded at need; null when the folder is not there. `change` notes that this change touches it.
  OpenMailbox* look(MailboxId id);
  OpenMailbox* change(MailboxId id);
  // Somebody else loaded it; passed over when it is open already, or was changed since.
  void adopt(std::unique_ptr<OpenMailbox> loaded);
  // The folder is gone: its last snapshot says so.
  void close(MailboxId id);

  bool low_space() { return space_.low(options_.settings.minimum_free); }
  bool has_less_than(std::uint64_t free_bytes) { return space_.low(free_bytes); }

  LedgerCounts& account(const std::string& name);
  Totals& totals() { return totals_; }

  // Body bytes were given to the packs: they need a sync before the commit.
  void packs_written() { packs_written_ = true; }
  bool packs_need_sync() const { return packs_written_; }

  // The record is gone for good.
  void given_up(RecordId record) { given_up_.push_back(record); }
  // Those of the batch, after its commit.
  std::vector<RecordId> take_given_up() { return std::exchange(given_up_, {}); }

  // Of the batch that is being written, from 1.
  std::uint64_t batch() const { return batch_; }
  // Given out in this batch.
  bool is_new(RecordId record) const { return record.value >= first_record_of_batch_; }

  void begin_batch();
  void begin_change();
  void undo_change();
  void undo_batch();
  // Rows that are written once a batch: counters, UIDNEXT and mod-sequences.
  void write_batch_rows();
  // The batch wrote no rows: UIDs and mod-sequences that were taken for nothing are given back.
  void give_counters_back();
  // After the commit. Returns the mailboxes that have a new snapshot.
  std::vector<MailboxId> publish(Published& published);
  // The list of folders, when it changed. SqliteError: it will be tried again.
  void publish_folders(Published& published);

 private:
  NextIds next_ids() const { return {next_message_, next_record_}; }
  std::shared_ptr<const Folders> load_folders();
  void undo_sums();
  void reload(MailboxId id, OpenMailbox::Counters counters);
  void write_counters(MailboxId id, OpenMailbox::Counters counters);

  std::unique_ptr<index::Database> database_;
  std::unique_ptr<PackWriter> packs_;
  std::shared_ptr<PackReader> reader_;
  OpenOptions options_;
  FreeSpace space_;
  std::int64_t next_message_ = 1, next_record_ = 1, first_record_of_batch_ = 1;
  std::uint32_t last_uidvalidity_ = 0;

  std::unordered_map<MailboxId, std::unique_ptr<OpenMailbox>> mailboxes_;
  std::vector<MailboxId> closed_;
  std::vector<RecordId> given_up_;
  std::map<std::string, LedgerCounts> accounts_;
  Totals totals_;
  std::string counted_; // these two as they are kept; empty: not known
  bool folders_changed_ = true;
  bool packs_written_ = false;
  std::uint64_t batch_ = 0;
  bool accounts_changed_ = true;

  // To undo one change, and the batch.
  using Touched = std::map<MailboxId, OpenMailbox::Counters>; // as they were before
  Touched touched_, touched_by_batch_;
  std::size_t closed_before_ = 0, given_up_before_ = 0;
  Totals totals_before_, totals_before_batch_;
  std::optional<std::map<std::string, LedgerCounts>> accounts_before_, accounts_before_batch_;
};

} // namespace homespool::spool
