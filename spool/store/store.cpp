#include "spool/store/store.hpp"

#include "spool/change/folders.hpp"
#include "spool/check/missing_packs.hpp"
#include "spool/retention/put_away_list.hpp"
#include "spool/store/free_space.hpp"
#include "spool/store/read_ahead.hpp"

namespace homespool::spool {

// Readers may outlive the spool for a moment: they report through this.
struct Store::Damage {
  std::mutex mutex;
  Writer* writer = nullptr;

  void report(std::string sentence, std::optional<RecordId> record = std::nullopt) {
    const std::lock_guard lock(mutex);
    if (writer == nullptr) return;
    if (record) return writer->report_damage(*record, std::move(sentence));
    writer->report(std::move(sentence));
  }
};

Store::Store(Parts parts)
    : lock_(std::move(parts.lock)), options_(std::move(parts.options)), spool_id_(std::move(parts.spool_id)),
      hash_seed_(parts.hash_seed), hashes_by_day_(parts.hashes_by_day),
      minimum_free_(options_.settings.minimum_free), undelete_for_(options_.settings.undelete_for),
      packs_(std::move(parts.packs)), published_(std::move(parts.published)),
      damage_(std::make_shared<Damage>()),
      writer_(std::make_unique<Writer>(std::move(parts.books), published_, feed_, holds_)) {
  damage_->writer = writer_.get();
  start_search();
  const auto first = [this] {
    for (std::string& sentence : missing_packs(options_.settings.directory))
      writer_->report(std::move(sentence));
    read_folders_ahead(options_.settings.directory / "index.db", closing_,
                       [this](std::unique_ptr<OpenMailbox> loaded) { writer_->adopt(std::move(loaded)); });
  };
  snapshots_ = std::make_unique<SnapshotKeeper>(
      options_.settings.directory, options_.now, [this] { return writer_->commits(); }, first);
}

// Follows the commits; nothing waits for it.
void Store::start_search() {
  search::SearchIndex::Options search;
  search.file = options_.settings.directory / "search.db";
  search.index = options_.settings.directory / "index.db";
  search.seed = hash_seed_;
  search.packs = packs_;
  search.on_finding = [damage = damage_](std::string sentence) { damage->report(std::move(sentence)); };
  search.low_space = [this] {
    const auto free = free_bytes(options_.settings.directory);
    return free && *free < minimum_free_;
  };
  search_ = std::make_shared<search::SearchIndex>(std::move(search));
  const auto index = search_.get();
  feed_->set_follower({[index] { index->wake(); },
                       [index](std::vector<RecordId> records) { index->forget(std::move(records)); }});
}

Store::~Store() {
  closing_ = true;
  snapshots_.reset();
  feed_->set_follower({});
  search_->stop();
  {
    const std::lock_guard lock(damage_->mutex);
    damage_->writer = nullptr;
  }
  writer_.reset();
}

std::unique_ptr<Reader> Store::make_reader() {
  auto report = std::make_shared<const ReportDamage>(
      [damage = damage_](std::string sentence, std::optional<RecordId> record) {
        damage->report(std::move(sentence), record);
      });
  return open_index_reader(options_.settings.directory / "index.db", packs_, std::move(report));
}

IncomingPlace Store::incoming_place() const {
  return IncomingPlace{options_.settings.directory / "packs", hash_seed_, hashes_by_day_};
}

std::vector<Mailbox> Store::mailboxes(const std::string& user) {
  const auto folders = published_->folders();
  const auto found = folders->of_user.find(user);
  return found == folders->of_user.end() ? std::vector<Mailbox>{} : found->second;
}

std::optional<Mailbox> Store::find_mailbox(const std::string& user, const std::string& name) {
  const auto folders = published_->folders();
  const auto spelt = change::folder_name(name);
  const auto found = folders->of_user.find(user);
  if (!spelt || found == folders->of_user.end()) return std::nullopt;
  for (const Mailbox& mailbox : found->second) {
    if (mailbox.name == *spelt) return mailbox;
  }
  return std::nullopt;
}

std::vector<std::string> Store::subscriptions(const std::string& user) {
  const auto folders = published_->folders();
  const auto found = folders->subscriptions.find(user);
  return found == folders->subscriptions.end() ? std::vector<std::string>{} : found->second;
}

SnapshotPtr Store::loaded_snapshot(MailboxId id) {
  return published_->snapshot(id);
}

Uid Store::first_recent(const Snapshot& snapshot, bool claim) {
  return published_->first_recent(snapshot, claim);
}

std::string Store::uidl(MessageId id) const {
  return spool_id_ + "." + std::to_string(id.value);
}

SpoolStatus Store::status() {
  const Totals totals = published_->totals();
  SpoolStatus status;
  status.messages = totals.messages;
  status.bytes = totals.bytes;
  status.damaged = totals.damaged;
  const auto free = free_bytes(options_.settings.directory);
  status.free_bytes = free.value_or(0);
  status.low_space = free && *free < minimum_free_;
  status.search_ready = search_->up_to_date();
  return status;
}

LedgerCounts Store::ledger_counts(const std::string& account) {
  return published_->ledger_counts(account);
}

void Store::note_client(const std::string& login, const std::string& protocol) {
  published_->note_client(login, protocol, std::chrono::floor<std::chrono::seconds>(options_.now()));
}

void Store::count_delete(const std::string& login, bool refused, std::uint64_t count) {
  published_->count_delete(login, refused, count);
}

std::vector<ClientSeen> Store::clients() {
  return published_->clients();
}

std::shared_ptr<const void> Store::hold_deleted() {
  return holds_->hold(std::chrono::floor<std::chrono::seconds>(options_.now()));
}

Result<std::vector<PutAway>> Store::deleted_messages(const PutAwayQuery& query) {
  const auto now = std::chrono::floor<std::chrono::seconds>(options_.now());
  const PutAwayPlace place{options_.settings.directory / "index.db", packs_};
  return list_deleted(place, query, now - undelete_for_.load());
}

Result<std::vector<PutAway>> Store::hidden_messages(const PutAwayQuery& query) {
  return list_hidden(PutAwayPlace{options_.settings.directory / "index.db", packs_}, query);
}

void Store::configure(const config::SpoolSettings& settings) {
  config::SpoolSettings changed = settings;
  changed.directory = options_.settings.directory;
  minimum_free_ = changed.minimum_free;
  undelete_for_ = changed.undelete_for;
  writer_->configure(changed);
}

} // namespace homespool::spool
