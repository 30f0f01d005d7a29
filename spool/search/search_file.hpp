// The tables of search.db and their rows: n-grams, texts, kept fields, and what was indexed.
//
// Every row is sealed by a checksum that is tied to its place and to this spool; a row that is not as it was
// written throws Damaged, and the whole file is thrown away by who catches it. SqliteError means the same.
// Threads: a SearchFile belongs to one thread at a time; one of them in all may write.
#pragma once

#include "spool/index/sqlite.hpp"
#include "spool/search/view.hpp"

#include <stdexcept>

namespace homespool::spool::search {

class Damaged : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What tells a record from another that has its number, in an index that was put back.
struct Fingerprint {
  RecordId record;
  std::uint32_t sum = 0;
};

class SearchFile {
 public:
  using Access = index::Database::Access;
  // With write access an empty file gets its tables; a file with others than ours throws Damaged.
  SearchFile(const std::filesystem::path& file, Access access, std::uint64_t seed);

  index::Database& database() { return database_; }

  std::shared_ptr<View> load(); // all but the fresh
  // What a batch says of itself.
  struct BatchRow {
    std::vector<std::string> fields;
    std::vector<Fingerprint> records;
  };
  BatchRow batch(RecordId first);

  std::string gram_block(const Run& run, std::size_t block);
  // The values of the field at `place` of a batch: see field_values.hpp.
  std::string fields(RecordId first, std::size_t place);
  // The block that would hold this record's text.
  struct Text {
    RecordId first; // its name
    std::string bytes;
  };
  Text text_block(RecordId record);

  void put_run(const Run& run);
  void remove_run(std::int64_t run);
  // Of runs that `remove_run` took; a piece of them at a time. False when none is left.
  bool remove_some_grams(std::int64_t run);
  std::vector<std::int64_t> runs_with_grams();
  void put_gram_block(std::int64_t run, std::size_t block, std::string bytes);
  // `first` names the batch, also when that record has gone from it.
  void put_batch(RecordId first, const BatchRow& batch);
  void remove_batch(RecordId first);
  void put_fields(RecordId first, std::size_t place, std::string bytes);
  void put_text_block(RecordId first, std::string bytes);
  void remove_text_block(RecordId first);
  void put_dictionary(std::int64_t id, std::string bytes);

 private:
  enum class Table : std::uint8_t { run, gram, batch, field, text, dictionary };
  std::uint64_t seed(Table table, std::int64_t id) const;
  void put(const char* sql, Table table, std::int64_t id, std::string bytes);
  std::string sealed(const index::Statement& row, int column, Table table, std::int64_t id) const;
  std::optional<std::string> find(const char* sql, Table table, std::int64_t id);
  void check_tables();
  void load_runs(View& view);
  void load_batches(View& view);
  void load_dictionaries(View& view);

  index::Database database_;
  std::uint64_t seed_;
};

} // namespace homespool::spool::search
