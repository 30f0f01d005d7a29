#include "spool/change/ledger_rows.hpp"

namespace homespool::spool::change {

using index::Use;

namespace {

using Seconds = std::chrono::sys_seconds;

Seconds time(std::int64_t unix) {
  return Seconds{std::chrono::seconds{unix}};
}
std::int64_t unix_time(Seconds time) {
  return time.time_since_epoch().count();
}
std::optional<Seconds> maybe_time(std::optional<std::int64_t> unix) {
  if (!unix) return std::nullopt;
  return time(*unix);
}
std::optional<std::int64_t> maybe_unix(std::optional<Seconds> time) {
  if (!time) return std::nullopt;
  return unix_time(*time);
}

// Of a row that begins: uidl, occurrence, state, size, record, first_seen, stored_at, tries, last_try,
// reason.
LedgerEntry entry_row(const index::Statement& row) {
  LedgerEntry entry;
  entry.uidl = row.text(0);
  entry.occurrence = static_cast<std::uint32_t>(row.integer(1));
  entry.state = static_cast<LedgerState>(row.integer(2));
  entry.size = static_cast<std::uint64_t>(row.integer(3));
  if (const auto record = row.maybe_integer(4)) entry.record = RecordId{*record};
  entry.first_seen = time(row.integer(5));
  entry.stored_at = time(row.integer(6));
  entry.tries = static_cast<std::uint32_t>(row.integer(7));
  entry.last_try = time(row.integer(8));
  entry.reason = row.text(9);
  return entry;
}

void count_state(LedgerCounts& counts, LedgerState state, std::uint64_t by) {
  switch (state) {
  case LedgerState::listed:
    counts.waiting += by;
    break;
  case LedgerState::quarantined:
    counts.quarantined += by;
    break;
  case LedgerState::too_large:
    counts.too_large += by;
    break;
  default:
    break;
  }
}

// Unix seconds; 0 for an entry that is not gone.
std::int64_t gone_since(Books& books, std::string_view account, const LedgerEntry& entry,
                        const std::optional<LedgerEntry>& old) {
  if (entry.state != LedgerState::gone) return 0;
  if (!old || old->state != LedgerState::gone) return unix_time(books.now());
  Use find(books.prepare(
      "SELECT gone_at FROM ledger WHERE account=:account AND uidl=:uidl AND occurrence=:occurrence"));
  find->bind(":account", account).bind_blob(":uidl", entry.uidl).bind(":occurrence", entry.occurrence);
  return find->step() ? find->integer(0) : unix_time(books.now());
}

} // namespace

std::vector<LedgerEntry> read_ledger(Books& books, const std::string& account, const LedgerEntry* after,
                                     std::size_t limit) {
  std::vector<LedgerEntry> entries;
  // Deleted here: every message of the record was, be it so long ago that its bytes were given up.
  Use rows(books.prepare(
      "SELECT uidl, occurrence, state, size, record, first_seen, stored_at, tries, last_try, reason, "
      "record IS NOT NULL AND ((EXISTS(SELECT 1 FROM deleted d WHERE d.record=l.record) AND "
      "NOT EXISTS(SELECT 1 FROM message m WHERE m.record=l.record)) OR "
      "EXISTS(SELECT 1 FROM expired e WHERE e.record=l.record)), "
      "record IS NOT NULL AND (EXISTS(SELECT 1 FROM damaged d WHERE d.record=l.record) OR "
      "NOT (EXISTS(SELECT 1 FROM record r WHERE r.id=l.record) OR "
      "EXISTS(SELECT 1 FROM expired e WHERE e.record=l.record))) FROM ledger l "
      "WHERE account=:account AND (uidl, occurrence)>(:uidl, :occurrence) ORDER BY uidl, occurrence LIMIT "
      ":limit"));
  rows->bind(":account", std::string_view(account))
      .bind_blob(":uidl", after != nullptr ? std::string_view(after->uidl) : std::string_view(""))
      .bind(":occurrence", after != nullptr ? std::int64_t{after->occurrence} : -1)
      .bind(":limit", static_cast<std::int64_t>(limit));
  while (rows->step()) {
    entries.push_back(entry_row(*rows));
    entries.back().deleted_here = rows->integer(10) != 0;
    entries.back().lost = rows->integer(11) != 0;
  }
  return entries;
}

std::optional<LedgerEntry> find_entry(Books& books, std::string_view account, std::string_view uidl,
                                      std::uint32_t occurrence) {
  Use find(
      books.prepare("SELECT uidl, occurrence, state, size, record, first_seen, stored_at, tries, last_try, "
                    "reason FROM ledger WHERE account=:account AND uidl=:uidl AND occurrence=:occurrence"));
  find->bind(":account", account).bind_blob(":uidl", uidl).bind(":occurrence", occurrence);
  if (!find->step()) return std::nullopt;
  return entry_row(*find);
}

std::vector<LedgerEntry> entries_of(Books& books, std::string_view account, RecordId record) {
  std::vector<LedgerEntry> entries;
  Use rows(
      books.prepare("SELECT uidl, occurrence, state, size, record, first_seen, stored_at, tries, last_try, "
                    "reason FROM ledger WHERE record=:record AND account=:account"));
  rows->bind(":record", record.value).bind(":account", account);
  while (rows->step()) entries.push_back(entry_row(*rows));
  return entries;
}

void put_entry(Books& books, const std::string& account, const LedgerEntry& entry) {
  LedgerCounts& counts = books.account(account);
  const auto old = find_entry(books, account, entry.uidl, entry.occurrence);
  if (old) count_state(counts, old->state, std::uint64_t(-1)); // modular: subtracts
  count_state(counts, entry.state, 1);
  const std::int64_t gone_at = gone_since(books, account, entry, old);
  Use put(books.prepare(
      "INSERT OR REPLACE INTO ledger(account, uidl, occurrence, state, size, record, first_seen, "
      "stored_at, tries, last_try, reason, gone_at) VALUES(:account, :uidl, :occurrence, :state, :size, "
      ":record, :first_seen, :stored_at, :tries, :last_try, :reason, :gone_at)"));
  std::optional<std::int64_t> record;
  if (entry.record) record = entry.record->value;
  put->bind(":account", std::string_view(account))
      .bind_blob(":uidl", entry.uidl)
      .bind(":occurrence", entry.occurrence)
      .bind(":state", static_cast<std::int64_t>(entry.state))
      .bind(":size", static_cast<std::int64_t>(entry.size))
      .bind(":record", record)
      .bind(":first_seen", unix_time(entry.first_seen))
      .bind(":stored_at", unix_time(entry.stored_at))
      .bind(":tries", entry.tries)
      .bind(":last_try", unix_time(entry.last_try))
      .bind(":reason", std::string_view(entry.reason))
      .bind(":gone_at", gone_at)
      .run();
}

Result<void> update_ledger(Books& books, const std::string& account,
                           const std::vector<LedgerEntry>& entries) {
  for (const LedgerEntry& entry : entries) put_entry(books, account, entry);
  return {};
}

AccountHealth read_health(Books& books, std::string_view account) {
  AccountHealth health;
  Use row(
      books.prepare("SELECT ever_worked, state, since, last_success, last_attempt, next_try, failure_class, "
                    "failure_step, failure_text, failure_count, login_failures, fetched_total "
                    "FROM account_health WHERE account=:account"));
  row->bind(":account", account);
  if (!row->step()) return health;
  health.ever_worked = row->integer(0) != 0;
  health.state = row->text(1);
  health.since = time(row->integer(2));
  health.last_success = maybe_time(row->maybe_integer(3));
  health.last_attempt = maybe_time(row->maybe_integer(4));
  health.next_try = maybe_time(row->maybe_integer(5));
  health.failure_class = row->text(6);
  health.failure_step = row->text(7);
  health.failure_text = row->text(8);
  health.failure_count = static_cast<std::uint32_t>(row->integer(9));
  health.login_failures = static_cast<std::uint32_t>(row->integer(10));
  health.fetched_total = static_cast<std::uint64_t>(row->integer(11));
  return health;
}

Result<void> save_health(Books& books, std::string_view account, const AccountHealth& health) {
  Use put(
      books.prepare("INSERT OR REPLACE INTO account_health(account, ever_worked, state, since, last_success, "
                    "last_attempt, next_try, failure_class, failure_step, failure_text, failure_count, "
                    "login_failures, fetched_total) VALUES(:account, :ever_worked, :state, :since, "
                    ":last_success, :last_attempt, :next_try, :class, :step, :text, :count, :login_failures, "
                    ":fetched)"));
  put->bind(":account", account)
      .bind(":ever_worked", std::int64_t{health.ever_worked})
      .bind(":state", std::string_view(health.state))
      .bind(":since", unix_time(health.since))
      .bind(":last_success", maybe_unix(health.last_success))
      .bind(":last_attempt", maybe_unix(health.last_attempt))
      .bind(":next_try", maybe_unix(health.next_try))
      .bind(":class", std::string_view(health.failure_class))
      .bind(":step", std::string_view(health.failure_step))
      .bind(":text", std::string_view(health.failure_text))
      .bind(":count", health.failure_count)
      .bind(":login_failures", health.login_failures)
      .bind(":fetched", static_cast<std::int64_t>(health.fetched_total))
      .run();
  return {};
}

} // namespace homespool::spool::change
