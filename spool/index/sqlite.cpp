#include "spool/index/sqlite.hpp"

#include "spool/index/page_sums.hpp"

#include <cstring>
#include <sqlite3.h>

namespace homespool::spool::index {
namespace {

// Milliseconds.
constexpr int kBusyTimeout = 5000, kPatience = 50;

void check(sqlite3* database, int code) {
  if (code != SQLITE_OK) {
    throw SqliteError(sqlite3_extended_errcode(database), sqlite3_errmsg(database));
  }
}

} // namespace

bool SqliteError::no_space() const {
  return (code_ & 0xff) == SQLITE_FULL;
}

bool SqliteError::damaged() const {
  return (code_ & 0xff) == SQLITE_CORRUPT || (code_ & 0xff) == SQLITE_NOTADB;
}

std::string damaged_sentence(const SqliteError& error) {
  return std::string("a part of the index is damaged (") + error.what() +
         "): 'homespool verify' tells what, 'homespool rebuild-index' makes it again";
}

Statement::Statement(sqlite3* database, std::string_view sql) {
  check(database, sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()),
                                     SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
  for (int i = 1; i <= sqlite3_bind_parameter_count(statement_); ++i) {
    places_.emplace_back(sqlite3_bind_parameter_name(statement_, i), i);
  }
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

int Statement::place(const char* name) {
  for (const auto& [known, place] : places_) {
    if (known == name) return place;
  }
  throw SqliteError(SQLITE_MISUSE, std::string("no parameter ") + name);
}

Statement& Statement::bind(const char* name, std::int64_t value) {
  if (const int code = sqlite3_bind_int64(statement_, place(name), value); code != SQLITE_OK) fail(code);
  return *this;
}

Statement& Statement::bind(const char* name, std::string_view text) {
  const int code = sqlite3_bind_text64(statement_, place(name), text.data() != nullptr ? text.data() : "",
                                       text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) fail(code);
  return *this;
}

Statement& Statement::bind_blob(const char* name, std::string_view bytes) {
  const int code = sqlite3_bind_blob64(statement_, place(name), bytes.data() != nullptr ? bytes.data() : "",
                                       bytes.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) fail(code);
  return *this;
}

Statement& Statement::bind(const char* name, std::optional<std::int64_t> value) {
  if (value) return bind(name, *value);
  if (const int code = sqlite3_bind_null(statement_, place(name)); code != SQLITE_OK) fail(code);
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) fail(code);
  reset();
  return false;
}

void Statement::run() {
  while (step()) {
  }
}

void Statement::reset() noexcept {
  sqlite3_reset(statement_);
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::optional<std::int64_t> Statement::maybe_integer(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return integer(column);
}

std::string_view Statement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return data == nullptr
             ? std::string_view{}
             : std::string_view(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

void Statement::fail(int code) {
  sqlite3* database = sqlite3_db_handle(statement_);
  const int extended = sqlite3_extended_errcode(database);
  const std::string text = sqlite3_errmsg(database);
  reset();
  throw SqliteError(extended != SQLITE_OK ? extended : code, text);
}

Database::Database(const std::filesystem::path& file, Access access) {
  const int flags =
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
      (access == Access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
  const int code = sqlite3_open_v2(file.c_str(), &handle_, flags, page_sums_vfs());
  if (code != SQLITE_OK) {
    const std::string text = handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory";
    sqlite3_close(handle_);
    throw SqliteError(code, text);
  }
  try {
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_busy_timeout(handle_, kBusyTimeout);
    run("PRAGMA trusted_schema=OFF");
    run("PRAGMA cell_size_check=ON");
    if (access == Access::read) {
      run("PRAGMA query_only=ON");
    } else {
      reserve_page_sums(handle_);
      run("PRAGMA temp_store=MEMORY"); // what a savepoint would undo: not into a file at each batch
      run("PRAGMA journal_mode=WAL");
      run("PRAGMA synchronous=FULL");
      // The file is written over rather than made anew: a sync has then only bytes to write.
      run("PRAGMA journal_size_limit=16777216");
      run("PRAGMA cache_size=-16384"); // KiB: inserts by hash and by UIDL touch pages everywhere
      sqlite3_wal_hook(handle_, &Database::on_wal, this); // in place of automatic checkpoints
    }
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

Database::~Database() {
  statements_.clear();
  sqlite3_close(handle_);
}

void Database::run(const std::string& sql) {
  check(handle_, sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr));
}

Statement& Database::prepare(const char* sql) {
  auto& slot = statements_[sql];
  if (!slot) slot = std::make_unique<Statement>(handle_, sql);
  return *slot;
}

std::int64_t Database::last_insert_id() const {
  return sqlite3_last_insert_rowid(handle_);
}
std::int64_t Database::changes() const {
  return sqlite3_changes64(handle_);
}

std::int64_t Database::total_changes() const {
  return sqlite3_total_changes64(handle_);
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

bool Database::checkpoint(bool restart) {
  sqlite3_busy_timeout(handle_, kPatience); // readers are short; one that is not must not hold up the writer
  int in_wal = 0, copied = 0;
  const int code = sqlite3_wal_checkpoint_v2(
      handle_, nullptr, restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, &in_wal, &copied);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) check(handle_, code);
  sqlite3_busy_timeout(handle_, kBusyTimeout);
  const bool whole = code == SQLITE_OK && in_wal == copied;
  if (whole) wal_pages_ = 0;
  return whole;
}

int Database::on_wal(void* self, sqlite3* /*database*/, const char* /*name*/, int pages) {
  static_cast<Database*>(self)->wal_pages_ = pages;
  return SQLITE_OK;
}

} // namespace homespool::spool::index
