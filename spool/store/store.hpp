// The Spool: the writer, what it published, and the way between the two.
//
// Not for: what a change does (spool/change/). Threads: as spool.hpp says.
#pragma once

#include "spool/rebuild/snapshot_keeper.hpp"
#include "spool/search/search_index.hpp"
#include "spool/spool.hpp"
#include "spool/store/index_reader.hpp"
#include "spool/store/lock_file.hpp"
#include "spool/store/writer.hpp"

namespace homespool::spool {

class Store final : public Spool {
 public:
  struct Parts {
    std::unique_ptr<LockFile> lock;
    std::unique_ptr<Books> books;
    std::shared_ptr<PackReader> packs;
    std::shared_ptr<Published> published;
    OpenOptions options;
    std::string spool_id;
    std::uint64_t hash_seed = 0;
    bool hashes_by_day = false;
  };
  explicit Store(Parts parts);
  ~Store() override;

  std::unique_ptr<Reader> make_reader() override;
  IncomingPlace incoming_place() const override;

  Awaitable<boost::system::error_code> ensure_user(std::string user) override;
  std::vector<Mailbox> mailboxes(const std::string& user) override;
  std::optional<Mailbox> find_mailbox(const std::string& user, const std::string& name) override;
  Awaitable<Result<MailboxId>> create_mailbox(std::string user, std::string name) override;
  Awaitable<boost::system::error_code> delete_mailbox(MailboxId id, std::string login) override;
  Awaitable<boost::system::error_code> rename_mailbox(MailboxId id, std::string new_name) override;
  Awaitable<boost::system::error_code> subscribe(std::string user, std::string name,
                                                 bool subscribed) override;
  std::vector<std::string> subscriptions(const std::string& user) override;

  Awaitable<Result<SnapshotPtr>> snapshot(MailboxId id) override;
  SnapshotPtr loaded_snapshot(MailboxId id) override;
  Awaitable<Result<MailboxCounts>> counts(MailboxId id) override;
  Uid first_recent(const Snapshot& snapshot, bool claim) override;
  std::string uidl(MessageId id) const override;
  Awaitable<Result<std::vector<MessageId>>> hidden(std::string login) override;
  SpoolStatus status() override;

  Awaitable<Result<UidMapping>> append(MailboxId to, std::vector<AppendItem> items) override;
  Awaitable<Result<ImportOutcome>> take_in(ImportBatch batch) override;
  Awaitable<Result<UidSet>> store_flags(MailboxId id, UidSet uids, FlagChange change, FlagNames flags,
                                        std::optional<ModSeq> unchanged_since) override;
  Awaitable<Result<UidMapping>> copy(MailboxId from, UidSet uids, MailboxId to) override;
  Awaitable<Result<UidMapping>> move(MailboxId from, UidSet uids, MailboxId to) override;
  Awaitable<Result<UidSet>> expunge(MailboxId id, std::optional<UidSet> uids, std::string login,
                                    Marked marked) override;
  Awaitable<boost::system::error_code> pop3_quit(Pop3Update update) override;

  Result<std::vector<PutAway>> deleted_messages(const PutAwayQuery& query) override;
  Result<std::vector<PutAway>> hidden_messages(const PutAwayQuery& query) override;
  Awaitable<Result<std::vector<BroughtBack>>> undelete(std::string user, std::vector<MessageId> ids) override;
  Awaitable<Result<std::vector<MessageId>>> unhide(std::string login, std::vector<MessageId> ids) override;

  Awaitable<Result<std::vector<FetchedOutcome>>>
  store_fetched(std::string account, MailboxId to, std::vector<Fetched> messages,
                std::shared_ptr<const StillListed> listed) override;
  Awaitable<Result<std::vector<LedgerEntry>>> ledger(std::string account) override;
  Awaitable<boost::system::error_code> update_ledger(std::string account,
                                                     std::vector<LedgerEntry> entries) override;
  Awaitable<Result<AccountHealth>> account_health(std::string account) override;
  Awaitable<boost::system::error_code> save_account_health(std::string account,
                                                           AccountHealth health) override;
  LedgerCounts ledger_counts(const std::string& account) override;

  void note_client(const std::string& login, const std::string& protocol) override;
  void count_delete(const std::string& login, bool refused, std::uint64_t count) override;
  std::vector<ClientSeen> clients() override;
  void configure(const config::SpoolSettings& settings) override;

  const std::filesystem::path& directory() const override { return options_.settings.directory; }
  std::shared_ptr<ChangeFeed> change_feed() override { return feed_; }
  std::shared_ptr<search::SearchIndex> search_index() override { return search_; }

  std::shared_ptr<const void> hold_deleted() override;

  // One step of expiry and of winning space back.
  Awaitable<Result<Left>> upkeep() { return writer_->upkeep(); }
  // Batches committed so far.
  std::uint64_t commits() const { return writer_->commits(); }

 private:
  void start_search();
  Awaitable<boost::system::error_code> load(MailboxId id);

  std::unique_ptr<LockFile> lock_; // the last to go
  OpenOptions options_;
  std::string spool_id_;
  std::uint64_t hash_seed_;
  bool hashes_by_day_;
  std::atomic<std::uint64_t> minimum_free_;
  std::atomic<std::chrono::seconds> undelete_for_;
  std::shared_ptr<PackReader> packs_;
  std::shared_ptr<Published> published_;
  std::shared_ptr<ChangeFeed> feed_ = std::make_shared<ChangeFeed>();
  std::shared_ptr<ReadHolds> holds_ = std::make_shared<ReadHolds>();
  // What damaged reads are told to; empty once the writer is gone.
  struct Damage;
  std::shared_ptr<Damage> damage_;
  std::unique_ptr<Writer> writer_;
  std::shared_ptr<search::SearchIndex> search_;
  std::atomic<bool> closing_ = false;
  std::unique_ptr<SnapshotKeeper> snapshots_; // the first to go
};

} // namespace homespool::spool
