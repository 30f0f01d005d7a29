#include "spool/retention/expiry.hpp"

#include "spool/retention/dead_space.hpp"
#include "spool/store/pack_end.hpp"

namespace homespool::spool {

using index::Use;

namespace {

using std::chrono::sys_seconds;

bool finds(index::Statement& statement, RecordId record) {
  Use find(statement);
  find->bind(":record", record.value);
  return find->step();
}

void run_for(index::Statement& statement, RecordId record) {
  Use change(statement);
  change->bind(":record", record.value).run();
}

// The duplicates rule forgets the record; the accounts' counts follow.
void drop_origins(Books& books, RecordId record) {
  std::vector<std::string> accounts;
  {
    Use rows(books.prepare("SELECT account FROM origin WHERE record=:record"));
    rows->bind(":record", record.value);
    while (rows->step()) accounts.push_back(rows->text(0));
  }
  for (const std::string& account : accounts) {
    if (auto& stored = books.account(account).stored; stored > 0) --stored;
  }
  run_for(books.prepare("DELETE FROM origin WHERE record=:record"), record);
}

bool is_named(Books& books, RecordId record) {
  return finds(books.prepare("SELECT 1 FROM message WHERE record=:record LIMIT 1"), record) ||
         finds(books.prepare("SELECT 1 FROM deleted WHERE record=:record LIMIT 1"), record);
}

void give_up(Books& books, RecordId record) {
  Location at;
  {
    Use find(books.prepare("SELECT pack, offset, body, size FROM record WHERE id=:record"));
    find->bind(":record", record.value);
    if (!find->step()) return;
    at.pack = static_cast<std::uint32_t>(find->integer(0));
    at.offset = static_cast<std::uint64_t>(find->integer(1));
    at.body = static_cast<std::uint64_t>(find->integer(2));
    at.size = static_cast<std::uint64_t>(find->integer(3));
  }
  add_dead_space(books, at.pack, record_end(at) - at.offset);
  books.given_up(record);
  run_for(books.prepare("DELETE FROM record WHERE id=:record"), record);
  run_for(books.prepare("DELETE FROM structure WHERE record=:record"), record);
  run_for(books.prepare("DELETE FROM damaged WHERE record=:record"), record);
  if (books.database().changes() > 0) books.totals().damaged -= 1;
  if (!finds(books.prepare("SELECT 1 FROM ledger WHERE record=:record LIMIT 1"), record)) {
    drop_origins(books, record);
    return;
  }
  Use note(books.prepare("INSERT OR REPLACE INTO expired(record, expired_at) VALUES(:record, :at)"));
  note->bind(":record", record.value).bind(":at", books.now().time_since_epoch().count()).run();
}

struct Row {
  MessageId id;
  RecordId record;
};

void expire(Books& books, const Row& row) {
  Use drop(books.prepare("DELETE FROM deleted WHERE id=:id"));
  drop->bind(":id", row.id.value).run();
  Use unhide(books.prepare("DELETE FROM hidden WHERE message=:id"));
  unhide->bind(":id", row.id.value).run();
  if (!is_named(books, row.record)) give_up(books, row.record);
}

struct GoneEntry {
  std::string account, uidl;
  std::int64_t occurrence = 0, gone_at = 0;
  std::optional<std::int64_t> record;
};

std::vector<GoneEntry> long_gone(Books& books, std::size_t limit) {
  const sys_seconds before = books.now() - kGoneRemembered;
  std::vector<GoneEntry> entries;
  Use rows(books.prepare("SELECT account, uidl, occurrence, gone_at, record FROM ledger "
                         "WHERE state=3 AND gone_at<=:before LIMIT :limit"));
  rows->bind(":before", before.time_since_epoch().count()).bind(":limit", static_cast<std::int64_t>(limit));
  while (rows->step())
    entries.push_back(
        {rows->text(0), rows->text(1), rows->integer(2), rows->integer(3), rows->maybe_integer(4)});
  return entries;
}

void forget(Books& books, const GoneEntry& entry) {
  // From before the time was kept: from now on.
  const char* sql =
      entry.gone_at == 0
          ? "UPDATE ledger SET gone_at=:now WHERE account=:account AND uidl=:uidl AND "
            "occurrence=:occurrence"
          : "DELETE FROM ledger WHERE account=:account AND uidl=:uidl AND occurrence=:occurrence "
            "AND gone_at<:now";
  Use change(books.prepare(sql));
  change->bind(":account", std::string_view(entry.account))
      .bind_blob(":uidl", entry.uidl)
      .bind(":occurrence", entry.occurrence)
      .bind(":now", books.now().time_since_epoch().count())
      .run();
  if (entry.gone_at == 0 || !entry.record) return;
  const RecordId record{*entry.record};
  if (!finds(books.prepare("SELECT 1 FROM expired WHERE record=:record"), record)) return;
  if (finds(books.prepare("SELECT 1 FROM ledger WHERE record=:record LIMIT 1"), record)) return;
  run_for(books.prepare("DELETE FROM expired WHERE record=:record"), record);
  drop_origins(books, record);
}

} // namespace

sys_seconds over_since(Books& books) {
  return books.now() - books.settings().undelete_for;
}

std::size_t expire_deleted(Books& books, std::optional<sys_seconds> needed_since, std::size_t limit) {
  sys_seconds over = over_since(books);
  if (needed_since) over = std::min(over, *needed_since - std::chrono::seconds(1));
  std::vector<Row> found;
  {
    Use rows(books.prepare(
        "SELECT id, record FROM deleted WHERE deleted_at<=:over ORDER BY deleted_at LIMIT :limit"));
    rows->bind(":over", over.time_since_epoch().count()).bind(":limit", static_cast<std::int64_t>(limit));
    while (rows->step()) found.push_back({MessageId{rows->integer(0)}, RecordId{rows->integer(1)}});
  }
  if (!found.empty()) note_end_of_packs(books);
  for (const Row& row : found) expire(books, row);
  return found.size();
}

std::size_t forget_gone_entries(Books& books, std::size_t limit) {
  const auto entries = long_gone(books, limit);
  for (const GoneEntry& entry : entries) forget(books, entry);
  return entries.size();
}

} // namespace homespool::spool
