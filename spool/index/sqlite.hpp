// SQLite as resources: a connection and its prepared statements.
//
// For: the index. Not for: anyone outside the spool. Faults throw SqliteError; the writer catches it once per
// change. Parameters are bound by name (":uid"). Threads: one at a time for a Database and its statements.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace homespool::spool::index {

class SqliteError : public std::runtime_error {
 public:
  SqliteError(int code, const std::string& text) : std::runtime_error(text), code_(code) {}
  bool no_space() const;
  bool damaged() const; // the file is no sound database

 private:
  int code_;
};
// About a damaged index, for a person.
std::string damaged_sentence(const SqliteError& error);

class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Blobs and texts must live until reset() or the next run.
  Statement& bind(const char* name, std::int64_t value);
  Statement& bind(const char* name, std::string_view text);
  Statement& bind_blob(const char* name, std::string_view bytes);
  Statement& bind(const char* name, std::optional<std::int64_t> value);

  // True while there is a row; after the last one the statement is reset.
  bool step();
  // Runs to the end and resets.
  void run();
  void reset() noexcept;

  std::int64_t integer(int column) const;
  std::optional<std::int64_t> maybe_integer(int column) const;
  std::string text(int column) const { return std::string(bytes(column)); }
  // Until the next step or reset.
  std::string_view bytes(int column) const;

 private:
  int place(const char* name);
  [[noreturn]] void fail(int code);
  sqlite3_stmt* statement_ = nullptr;
  std::vector<std::pair<std::string, int>> places_;
};

// A statement in use: resets it at the end of the scope, so that no read transaction stays open.
class Use {
 public:
  explicit Use(Statement& statement) : statement_(statement) { statement_.reset(); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() { statement_.reset(); }
  Statement* operator->() const { return &statement_; }
  Statement& operator*() const { return statement_; }

 private:
  Statement& statement_;
};

class Database {
 public:
  enum class Access { write, read };
  // Sets the defensive pragmas; with write access WAL, synchronous=FULL, no automatic checkpoints.
  Database(const std::filesystem::path& file, Access access);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  void run(const std::string& sql);
  // Prepared once for each text, kept for the life of the connection; `sql` must be a literal.
  Statement& prepare(const char* sql);
  std::int64_t last_insert_id() const;
  std::int64_t changes() const;
  std::int64_t total_changes() const; // what was undone since counts too
  bool in_transaction() const;
  sqlite3* handle() const { return handle_; }

  // Copies WAL pages back. False when readers kept some of them. `restart`: waits a moment for readers, so
  // that the next commit begins the WAL anew.
  bool checkpoint(bool restart);
  // Pages in the WAL after the last commit.
  int wal_pages() const { return wal_pages_; }

 private:
  static int on_wal(void* self, sqlite3*, const char*, int pages);
  sqlite3* handle_ = nullptr;
  int wal_pages_ = 0;
  std::unordered_map<const char*, std::unique_ptr<Statement>> statements_;
};

} // namespace homespool::spool::index
