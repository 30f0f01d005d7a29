#include "spool/index/schema.hpp"

#include "spool/index/page_sums.hpp"

namespace homespool::spool::index {
namespace {

// Hot rows stay small: what clients see of a message (envelope and so on) lies in `structure`, its bytes in a
// pack. `message` is kept in the order in which a folder is loaded. Times are seconds since 1970.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE mailbox(
  id INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, name TEXT NOT NULL, uidvalidity INTEGER NOT NULL,
  uidnext INTEGER NOT NULL, modseq INTEGER NOT NULL, special_use TEXT NOT NULL, UNIQUE(user, name));
CREATE TABLE keyword(
  mailbox INTEGER NOT NULL, place INTEGER NOT NULL, name TEXT NOT NULL,
  PRIMARY KEY(mailbox, place)) WITHOUT ROWID;
CREATE TABLE subscription(user TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY(user, name)) WITHOUT ROWID;

CREATE TABLE record(
  id INTEGER PRIMARY KEY, pack INTEGER NOT NULL, offset INTEGER NOT NULL, body INTEGER NOT NULL,
  size INTEGER NOT NULL, header_size INTEGER NOT NULL, header_sum INTEGER NOT NULL,
  has_nul INTEGER NOT NULL);
CREATE INDEX record_place ON record(pack, offset);
CREATE TABLE structure(
  record INTEGER PRIMARY KEY, envelope BLOB NOT NULL, body BLOB NOT NULL, bodystructure BLOB NOT NULL,
  parts BLOB NOT NULL);

CREATE TABLE message(
  mailbox INTEGER NOT NULL, uid INTEGER NOT NULL, id INTEGER NOT NULL, flags INTEGER NOT NULL,
  modseq INTEGER NOT NULL, record INTEGER NOT NULL, size INTEGER NOT NULL, internal_date INTEGER NOT NULL,
  PRIMARY KEY(mailbox, uid)) WITHOUT ROWID;
CREATE UNIQUE INDEX message_id ON message(id);
CREATE INDEX message_record ON message(record);

-- What the deleter deleted; flags as text, since the folder and its keywords may be gone.
CREATE TABLE deleted(
  id INTEGER PRIMARY KEY, user TEXT NOT NULL, folder TEXT NOT NULL, mailbox INTEGER NOT NULL,
  uid INTEGER NOT NULL, flags TEXT NOT NULL, modseq INTEGER NOT NULL, record INTEGER NOT NULL,
  internal_date INTEGER NOT NULL, deleted_at INTEGER NOT NULL, deleted_by TEXT NOT NULL);
CREATE INDEX deleted_record ON deleted(record);
CREATE INDEX deleted_at ON deleted(deleted_at);

CREATE TABLE hidden(login TEXT NOT NULL, message INTEGER NOT NULL, PRIMARY KEY(login, message)) WITHOUT ROWID;
CREATE INDEX hidden_message ON hidden(message);

CREATE TABLE ledger(
  account TEXT NOT NULL, uidl BLOB NOT NULL, occurrence INTEGER NOT NULL, state INTEGER NOT NULL,
  size INTEGER NOT NULL, record INTEGER, first_seen INTEGER NOT NULL, stored_at INTEGER NOT NULL,
  tries INTEGER NOT NULL, last_try INTEGER NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY(account, uidl, occurrence)) WITHOUT ROWID;
CREATE INDEX ledger_record ON ledger(record) WHERE record IS NOT NULL;

-- Which accounts gave a record, found by the hash of its content.
CREATE TABLE origin(
  hash INTEGER NOT NULL, record INTEGER NOT NULL, account TEXT NOT NULL, user TEXT NOT NULL,
  PRIMARY KEY(hash, record, account)) WITHOUT ROWID;

CREATE TABLE account_health(
  account TEXT PRIMARY KEY, ever_worked INTEGER NOT NULL, state TEXT NOT NULL, since INTEGER NOT NULL,
  last_success INTEGER, last_attempt INTEGER, next_try INTEGER, failure_class TEXT NOT NULL,
  failure_step TEXT NOT NULL, failure_text TEXT NOT NULL, failure_count INTEGER NOT NULL,
  login_failures INTEGER NOT NULL, fetched_total INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE client(
  login TEXT PRIMARY KEY, protocol TEXT NOT NULL, last_seen INTEGER NOT NULL, hidden_deletes INTEGER NOT NULL,
  refused_deletes INTEGER NOT NULL) WITHOUT ROWID;
)sql";

// When a message was hidden and when an entry went (0: before that was kept); what the duplicates rule knows
// an origin by; what retention has to do and what is damaged.
constexpr const char* kVersion2 = R"sql(
ALTER TABLE hidden ADD COLUMN hidden_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN gone_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ledger_gone ON ledger(gone_at) WHERE state=3;

-- Message-ID, sender, date, subject and body as one hash; two accounts rarely give the same header.
ALTER TABLE origin ADD COLUMN likeness INTEGER;
CREATE INDEX origin_likeness ON origin(likeness) WHERE likeness IS NOT NULL;
CREATE INDEX origin_record ON origin(record);

-- Records whose messages were deleted so long ago that their bytes were given up, while the ledger names them.
CREATE TABLE expired(record INTEGER PRIMARY KEY, expired_at INTEGER NOT NULL);
-- Packs with bytes of no record, and how many; the row goes after the file.
CREATE TABLE dead_space(pack INTEGER PRIMARY KEY, bytes INTEGER NOT NULL);
-- Records that failed their checksum when they were read.
CREATE TABLE damaged(record INTEGER PRIMARY KEY, found_at INTEGER NOT NULL);

-- Of what the row says and never changes (spool/index/row_sums.hpp); 0: none was made.
ALTER TABLE record ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE structure ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;

-- What small batches wrote to packs that were not synced since (spool/store/riding.hpp).
CREATE TABLE riding(
  pack INTEGER NOT NULL, offset INTEGER NOT NULL, sum INTEGER NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY(pack, offset));
)sql";

// To a file that was made without. It needs as much room again; without it, another time.
void give_page_sums(Database& database) {
  if (has_page_sums(database.handle())) return;
  try {
    database.run("PRAGMA temp_store=FILE"); // it may be large
    database.run("VACUUM");
    database.run("PRAGMA temp_store=MEMORY");
    database.checkpoint(true);
  } catch (const SqliteError& error) {
    if (!error.no_space()) throw;
  }
}

} // namespace

int schema_version(Database& database) {
  Statement statement(database.handle(), "PRAGMA user_version");
  return statement.step() ? static_cast<int>(statement.integer(0)) : 0;
}

void upgrade_schema(Database& database) {
  upgrade_schema(database, kSchemaVersion);
}

void upgrade_schema(Database& database, int wanted) {
  const int version = schema_version(database);
  if (version >= wanted) return give_page_sums(database);
  database.run("BEGIN IMMEDIATE");
  if (version < 1 && wanted >= 1) database.run(kVersion1);
  if (version < 2 && wanted >= 2) database.run(kVersion2);
  database.run("PRAGMA user_version=" + std::to_string(wanted));
  database.run("COMMIT");
  give_page_sums(database);
}

std::optional<std::string> meta(Database& database, std::string_view key) {
  Use find(database.prepare("SELECT value FROM meta WHERE key=:key"));
  find->bind(":key", key);
  if (!find->step()) return std::nullopt;
  return find->text(0);
}

void set_meta(Database& database, std::string_view key, std::string_view value) {
  Use put(database.prepare("INSERT OR REPLACE INTO meta(key, value) VALUES(:key, :value)"));
  put->bind(":key", key).bind(":value", value).run();
}

} // namespace homespool::spool::index
