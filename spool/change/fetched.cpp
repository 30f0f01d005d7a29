#include "spool/change/fetched.hpp"

#include "spool/change/ledger_rows.hpp"
#include "spool/change/mend_record.hpp"
#include "spool/change/message_rows.hpp"
#include "spool/change/record_content.hpp"
#include "spool/retention/damage.hpp"

#include <algorithm>
#include <set>

namespace homespool::spool::change {

using index::Use;

namespace {

// Half of the hash is enough to find candidates.
std::uint64_t hash_of(Fetched& fetched) {
  return fetched.message.state().hash.low;
}

// The record that a message is.
struct Match {
  RecordId record;
  std::optional<PlacedRecord> lost; // its own bytes are not whole: those that came take their place
};

// One call of store_fetched.
class Storing {
 public:
  Storing(Books& books, const std::string& account, const Mailbox& folder, OpenMailbox& mailbox,
          const StillListed& listed)
      : books_(books), account_(account), folder_(folder), mailbox_(mailbox), listed_(listed),
        modseq_(mailbox.take_modseq()) {}

  Result<FetchedOutcome> store(Fetched& message);

 private:
  std::optional<Match> find_duplicate(Fetched& message);
  std::vector<RecordId> candidates(std::uint64_t hash);
  std::vector<RecordId> alike_candidates(std::uint64_t likeness);
  std::optional<Match> known_as(Fetched& message, RecordId record);
  bool alike(Fetched& message, RecordId record);
  bool was_given(std::uint64_t hash, RecordId record);
  bool was_given_up(RecordId record);
  bool collapses() { return books_.settings().duplicates == config::Duplicates::collapse; }
  bool at_hand(RecordId record);
  bool listed(const LedgerEntry& entry) const;
  Result<RecordId> insert(Fetched& message);
  void note_origin(const Incoming::State& message, RecordId record);
  void note_stored(const Fetched& fetched, RecordId record);

  Books& books_;
  const std::string& account_;
  const Mailbox& folder_;
  OpenMailbox& mailbox_;
  const StillListed& listed_;
  std::set<std::pair<std::string, std::uint32_t>> settled_; // entries that this call stored
  ModSeq modseq_;
};

Result<FetchedOutcome> Storing::store(Fetched& message) {
  FetchedOutcome outcome;
  if (const auto duplicate = find_duplicate(message)) {
    outcome.record = duplicate->record;
    outcome.duplicate = true;
    if (duplicate->lost) {
      const auto mended = mend_record(books_, *duplicate->lost, message.message.state());
      if (!mended) return mended.error();
    }
  } else {
    const auto inserted = insert(message);
    if (!inserted) return inserted.error();
    outcome.record = *inserted;
  }
  note_origin(message.message.state(), outcome.record);
  note_stored(message, outcome.record);
  return outcome;
}

std::optional<Match> Storing::find_duplicate(Fetched& message) {
  const auto entry = find_entry(books_, account_, message.uidl, message.occurrence);
  // Fetched twice, by a broken line or a crash: the entry already names these very bytes.
  if (entry && entry->record) {
    if (const auto match = known_as(message, *entry->record)) return match;
  }
  for (const RecordId record : candidates(hash_of(message))) {
    if (!at_hand(record)) continue;
    if (const auto match = known_as(message, record)) return match;
  }
  const auto likeness = message.message.state().likeness;
  if (!collapses() || !likeness) return std::nullopt;
  for (const RecordId record : alike_candidates(*likeness)) {
    if (at_hand(record) && alike(message, record)) return Match{record, std::nullopt};
  }
  return std::nullopt;
}

// What other accounts of the user gave, and this one did not yet: it gives each message once.
std::vector<RecordId> Storing::alike_candidates(std::uint64_t likeness) {
  std::vector<RecordId> records;
  Use rows(books_.prepare("SELECT record FROM origin WHERE likeness=:likeness AND user=:user "
                          "AND NOT EXISTS(SELECT 1 FROM origin o WHERE o.record=origin.record AND "
                          "o.account=:account) GROUP BY record ORDER BY record"));
  rows->bind(":likeness", static_cast<std::int64_t>(likeness))
      .bind(":user", std::string_view(folder_.user))
      .bind(":account", std::string_view(account_));
  while (rows->step()) records.push_back(RecordId{rows->integer(0)});
  return records;
}

// An account gave bytes of this hash for the record.
bool Storing::was_given(std::uint64_t hash, RecordId record) {
  Use find(books_.prepare("SELECT 1 FROM origin WHERE hash=:hash AND record=:record"));
  find->bind(":hash", static_cast<std::int64_t>(hash)).bind(":record", record.value);
  return find->step();
}

bool Storing::was_given_up(RecordId record) {
  Use find(books_.prepare("SELECT 1 FROM expired WHERE record=:record"));
  find->bind(":record", record.value);
  return find->step();
}

// The record's bytes, or those of another account that the record stands for. Of a record whose bytes were
// given up only the hashes are left; of one whose bytes were lost too, but it wants them back.
std::optional<Match> Storing::known_as(Fetched& message, RecordId record) {
  const bool given = was_given(hash_of(message), record);
  const auto there = content_of(books_, record);
  if (!there && given && was_given_up(record)) return Match{record, std::nullopt};
  if (!there) return std::nullopt;
  const Incoming::State& state = message.message.state();
  const auto here = content_of(state);
  const bool same = index::same_content(here, *there) || (given && index::alike(here, *there));
  if (same && !is_damaged(books_, record)) return Match{record, std::nullopt};
  auto lost = given ? find_record(books_, record) : std::nullopt;
  if (!lost || !can_mend(*lost, state)) return std::nullopt;
  return Match{record, lost};
}

// The candidates are alike by their hash.
bool Storing::alike(Fetched& message, RecordId record) {
  const auto there = content_of(books_, record);
  if (!there) return was_given_up(record);
  return index::alike(content_of(message.message.state()), *there) && !is_damaged(books_, record);
}

std::vector<RecordId> Storing::candidates(std::uint64_t hash) {
  std::vector<RecordId> records;
  // Those this account gave come first: they are the better match.
  Use rows(books_.prepare("SELECT record, max(account=:account) AS ours FROM origin WHERE hash=:hash AND "
                          "(account=:account OR (:collapse AND user=:user)) GROUP BY record "
                          "ORDER BY ours DESC, record"));
  rows->bind(":hash", static_cast<std::int64_t>(hash))
      .bind(":account", std::string_view(account_))
      .bind(":collapse", std::int64_t{collapses()})
      .bind(":user", std::string_view(folder_.user));
  while (rows->step()) records.push_back(RecordId{rows->integer(0)});
  return records;
}

bool Storing::at_hand(RecordId record) {
  const auto entries = entries_of(books_, account_, record);
  return std::none_of(entries.begin(), entries.end(),
                      [this](const LedgerEntry& entry) { return listed(entry); });
}

bool Storing::listed(const LedgerEntry& entry) const {
  return settled_.contains({entry.uidl, entry.occurrence}) || listed_(entry.uidl, entry.occurrence);
}

Result<RecordId> Storing::insert(Fetched& message) {
  RecordInfo info;
  info.record = books_.take_record_id();
  info.message = books_.take_message_id();
  info.arrival = books_.now();
  info.account = account_;
  info.uid = mailbox_.uidnext(); // insert_message() takes it
  info.uidvalidity = mailbox_.uidvalidity();
  info.uidl = message.uidl;
  info.user = folder_.user;
  info.folder = folder_.name;
  const auto record = insert_record(books_, message.message, info);
  if (!record) return record;
  Message row;
  row.id = info.message;
  row.size = static_cast<std::uint32_t>(message.message.state().size);
  insert_message(books_, mailbox_, row, *record, info.arrival.time_since_epoch().count(), modseq_);
  return record;
}

void Storing::note_origin(const Incoming::State& message, RecordId record) {
  std::optional<std::int64_t> likeness;
  if (message.likeness) likeness = static_cast<std::int64_t>(*message.likeness);
  Use put(books_.prepare("INSERT OR IGNORE INTO origin(hash, record, account, user, likeness) "
                         "VALUES(:hash, :record, :account, :user, :likeness)"));
  put->bind(":hash", static_cast<std::int64_t>(message.hash.low))
      .bind(":record", record.value)
      .bind(":account", std::string_view(account_))
      .bind(":user", std::string_view(folder_.user))
      .bind(":likeness", likeness)
      .run();
  if (books_.database().changes() > 0) books_.account(account_).stored += 1;
}

void Storing::note_stored(const Fetched& fetched, RecordId record) {
  LedgerEntry entry;
  entry.first_seen = books_.now();
  entry.stored_at = books_.now();
  for (LedgerEntry& older : entries_of(books_, account_, record)) {
    if (older.uidl == fetched.uidl && older.occurrence == fetched.occurrence) continue;
    if (listed(older)) continue;
    entry.stored_at = std::min(entry.stored_at, older.stored_at); // how long it lies upstream goes on
    if (older.state == LedgerState::gone) continue;
    older.state = LedgerState::gone;
    put_entry(books_, account_, older);
  }
  if (const auto known = find_entry(books_, account_, fetched.uidl, fetched.occurrence)) {
    entry.first_seen = known->first_seen;
    if (known->record == record) // fetched again only to be compared
      entry.stored_at = std::min(entry.stored_at, known->stored_at);
  }
  entry.uidl = fetched.uidl;
  entry.occurrence = fetched.occurrence;
  entry.state = LedgerState::stored;
  entry.size = fetched.listed_size;
  entry.record = record;
  put_entry(books_, account_, entry);
  settled_.emplace(fetched.uidl, fetched.occurrence);
}

} // namespace

Result<std::vector<FetchedOutcome>> store_fetched(Books& books, const std::string& account, MailboxId to,
                                                  std::vector<Fetched>& messages, const StillListed& listed) {
  OpenMailbox* mailbox = books.change(to);
  const auto folder = books.folder(to);
  if (mailbox == nullptr || !folder) return Error::no_such_mailbox;
  if (books.low_space()) return Error::no_space;
  Storing storing(books, account, *folder, *mailbox, listed);
  std::vector<FetchedOutcome> outcomes;
  for (Fetched& message : messages) {
    const auto outcome = storing.store(message);
    if (!outcome) return outcome.error();
    outcomes.push_back(*outcome);
  }
  return outcomes;
}

} // namespace homespool::spool::change
