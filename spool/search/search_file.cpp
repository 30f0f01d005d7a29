#include "spool/search/search_file.hpp"

#include "spool/search/field_values.hpp"
#include "spool/search/wire.hpp"

#include <algorithm>
#include <utility>

namespace homespool::spool::search {
namespace {

using index::Use;

// Its number changes with anything that changes what rows mean or how texts are folded.
constexpr int kFormat = 1;
constexpr unsigned kBlockBits = 24; // of a gram's id: the block; above them the run
constexpr std::int64_t kGramsAtOnce = 64;

constexpr const char* kTables[] = { // NOLINT(modernize-avoid-c-arrays)
    "CREATE TABLE batch(id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "CREATE TABLE dictionary(id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "CREATE TABLE field(id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "CREATE TABLE gram(id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "CREATE TABLE run(id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "CREATE TABLE text(id INTEGER PRIMARY KEY, data BLOB NOT NULL)"};

std::int64_t pragma(index::Database& database, const char* sql) {
  Use row(database.prepare(sql));
  return row->step() ? row->integer(0) : 0;
}

void make_tables(index::Database& database) {
  database.run("PRAGMA auto_vacuum=INCREMENTAL");
  database.run("VACUUM"); // the mode of an empty database changes with this
  database.run("BEGIN IMMEDIATE");
  for (const char* table : kTables) database.run(table);
  database.run("PRAGMA user_version=" + std::to_string(kFormat));
  database.run("COMMIT");
}

std::uint64_t number(std::string_view& in) {
  const auto taken = take_number(in);
  if (!taken) throw Damaged("a row of the search index is cut off");
  return *taken;
}

RecordId record(std::string_view& in) {
  return RecordId{static_cast<std::int64_t>(number(in))};
}

std::int64_t gram_id(std::int64_t run, std::size_t block) {
  return run << kBlockBits | static_cast<std::int64_t>(block);
}

std::int64_t field_id(RecordId first, std::size_t place) {
  return first.value * static_cast<std::int64_t>(kMostFields) + static_cast<std::int64_t>(place);
}

} // namespace

SearchFile::SearchFile(const std::filesystem::path& file, Access access, std::uint64_t seed)
    : database_(file, access), seed_(seed) {
  // Only what can be made again lies here: a sync at each checkpoint keeps the file whole, and that is
  // enough.
  if (access == Access::write) database_.run("PRAGMA synchronous=NORMAL");
  database_.run("PRAGMA cache_size=-2048");
  if (access == Access::write && pragma(database_, "SELECT count(*) FROM sqlite_schema") == 0 &&
      pragma(database_, "PRAGMA user_version") == 0)
    make_tables(database_);
  check_tables();
}

void SearchFile::check_tables() {
  if (pragma(database_, "PRAGMA user_version") != kFormat) throw Damaged("it is of another version");
  Use rows(database_.prepare("SELECT sql FROM sqlite_schema ORDER BY name"));
  std::size_t count = 0;
  for (; rows->step(); ++count)
    if (count >= std::size(kTables) || rows->bytes(0) != kTables[count])
      throw Damaged("it has tables that are not homespool's");
  if (count != std::size(kTables)) throw Damaged("tables are missing");
}

std::uint64_t SearchFile::seed(Table table, std::int64_t id) const {
  constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;
  return seed_ + (static_cast<std::uint64_t>(id) * 8 + static_cast<std::uint64_t>(table)) * kSpread;
}

std::string SearchFile::sealed(const index::Statement& row, int column, Table table, std::int64_t id) const {
  const auto bytes = unseal(row.bytes(column), seed(table, id));
  if (!bytes) throw Damaged("a checksum does not match");
  return std::string(*bytes);
}

std::optional<std::string> SearchFile::find(const char* sql, Table table, std::int64_t id) {
  Use row(database_.prepare(sql));
  row->bind(":id", id);
  if (!row->step()) return std::nullopt;
  return sealed(*row, 0, table, id);
}

void SearchFile::put(const char* sql, Table table, std::int64_t id, std::string bytes) {
  seal(bytes, seed(table, id));
  Use row(database_.prepare(sql));
  row->bind(":id", id).bind_blob(":data", bytes).run();
}

// --- reading

std::shared_ptr<View> SearchFile::load() {
  auto view = std::make_shared<View>();
  load_runs(*view);
  load_batches(*view);
  load_dictionaries(*view);
  for (const Batch& batch : view->batches) {
    const auto covers = [&](const auto& run) { return run->first <= batch.first && batch.last <= run->last; };
    if (std::none_of(view->runs.begin(), view->runs.end(), covers)) throw Damaged("n-grams are missing");
  }
  view->indexed = *view->stored;
  return view;
}

void SearchFile::load_runs(View& view) {
  Use rows(database_.prepare("SELECT id, data FROM run"));
  while (rows->step()) {
    auto run = std::make_shared<Run>();
    run->id = rows->integer(0);
    const std::string bytes = sealed(*rows, 1, Table::run, run->id);
    std::string_view in = bytes;
    run->level = static_cast<unsigned>(number(in));
    run->first = record(in);
    run->last = record(in);
    if (run->last < run->first || run->last.value - run->first.value >= kMostRecords)
      throw Damaged("a run cannot be");
    run->directory.resize(std::min<std::size_t>(number(in), in.size()));
    Gram gram = 0;
    for (Gram& first : run->directory) first = gram += number(in);
    view.runs.push_back(std::move(run));
  }
  std::sort(view.runs.begin(), view.runs.end(),
            [](const auto& a, const auto& b) { return a->first < b->first; });
}

void SearchFile::load_batches(View& view) {
  std::vector<RecordId> firsts;
  {
    Use rows(database_.prepare("SELECT id FROM batch ORDER BY id"));
    while (rows->step()) firsts.push_back(RecordId{rows->integer(0)});
  }
  RecordSet stored;
  auto fields = std::make_shared<const std::vector<std::string>>();
  for (const RecordId first : firsts) {
    auto row = batch(first);
    for (const Fingerprint& each : row.records) stored.add(each.record);
    if (row.fields != *fields)
      fields = std::make_shared<const std::vector<std::string>>(std::move(row.fields));
    if (!row.records.empty()) view.batches.push_back({first, row.records.back().record, fields});
  }
  view.stored = std::make_shared<const RecordSet>(std::move(stored));
}

void SearchFile::load_dictionaries(View& view) {
  view.dictionaries[0] = std::make_shared<const Dictionary>(0, "");
  Use rows(database_.prepare("SELECT id, data FROM dictionary"));
  while (rows->step()) {
    const std::int64_t id = rows->integer(0);
    view.dictionaries[id] = std::make_shared<const Dictionary>(id, sealed(*rows, 1, Table::dictionary, id));
  }
}

SearchFile::BatchRow SearchFile::batch(RecordId first) {
  const auto bytes = find("SELECT data FROM batch WHERE id=:id", Table::batch, first.value);
  if (!bytes) throw Damaged("a batch is missing");
  std::string_view in = *bytes;
  BatchRow row;
  for (std::uint64_t left = number(in); left > 0; --left) {
    const auto name = take_bytes(in, number(in));
    if (!name) throw Damaged("a row of the search index is cut off");
    row.fields.emplace_back(*name);
  }
  std::int64_t before = 0;
  while (!in.empty()) {
    Fingerprint each;
    each.record = RecordId{before + static_cast<std::int64_t>(number(in))};
    each.sum = static_cast<std::uint32_t>(number(in));
    before = each.record.value;
    row.records.push_back(each);
  }
  return row;
}

std::string SearchFile::gram_block(const Run& run, std::size_t block) {
  auto bytes = find("SELECT data FROM gram WHERE id=:id", Table::gram, gram_id(run.id, block));
  if (!bytes) throw Damaged("n-grams are missing");
  return std::move(*bytes);
}

std::string SearchFile::fields(RecordId first, std::size_t place) {
  auto bytes = find("SELECT data FROM field WHERE id=:id", Table::field, field_id(first, place));
  if (!bytes) throw Damaged("header fields are missing");
  return std::move(*bytes);
}

SearchFile::Text SearchFile::text_block(RecordId record) {
  Use row(database_.prepare("SELECT id, data FROM text WHERE id<=:id ORDER BY id DESC LIMIT 1"));
  row->bind(":id", record.value);
  if (!row->step()) throw Damaged("texts are missing");
  return {RecordId{row->integer(0)}, sealed(*row, 1, Table::text, row->integer(0))};
}

// --- writing

void SearchFile::put_run(const Run& run) {
  std::string bytes;
  put_number(bytes, run.level);
  put_number(bytes, static_cast<std::uint64_t>(run.first.value));
  put_number(bytes, static_cast<std::uint64_t>(run.last.value));
  put_number(bytes, run.directory.size());
  Gram before = 0;
  for (const Gram first : run.directory) put_number(bytes, first - std::exchange(before, first));
  put("INSERT INTO run(id, data) VALUES(:id, :data)", Table::run, run.id, std::move(bytes));
}

void SearchFile::remove_run(std::int64_t run) {
  Use row(database_.prepare("DELETE FROM run WHERE id=:id"));
  row->bind(":id", run).run();
}

bool SearchFile::remove_some_grams(std::int64_t run) {
  Use rows(database_.prepare("DELETE FROM gram WHERE id IN "
                             "(SELECT id FROM gram WHERE id>=:begin AND id<:end LIMIT :count)"));
  rows->bind(":begin", gram_id(run, 0)).bind(":end", gram_id(run + 1, 0)).bind(":count", kGramsAtOnce).run();
  return database_.changes() == kGramsAtOnce;
}

std::vector<std::int64_t> SearchFile::runs_with_grams() {
  std::vector<std::int64_t> runs;
  std::int64_t next = 0;
  for (;;) {
    Use row(database_.prepare("SELECT id FROM gram WHERE id>=:id ORDER BY id LIMIT 1"));
    row->bind(":id", next);
    if (!row->step()) return runs;
    runs.push_back(row->integer(0) >> kBlockBits);
    next = gram_id(runs.back() + 1, 0);
  }
}

void SearchFile::put_gram_block(std::int64_t run, std::size_t block, std::string bytes) {
  put("INSERT INTO gram(id, data) VALUES(:id, :data)", Table::gram, gram_id(run, block), std::move(bytes));
}

void SearchFile::put_batch(RecordId first, const BatchRow& batch) {
  std::string bytes;
  put_number(bytes, batch.fields.size());
  for (const std::string& name : batch.fields) {
    put_number(bytes, name.size());
    bytes += name;
  }
  std::int64_t before = 0;
  for (const Fingerprint& each : batch.records) {
    put_number(bytes, static_cast<std::uint64_t>(each.record.value - before));
    put_number(bytes, each.sum);
    before = each.record.value;
  }
  put("INSERT OR REPLACE INTO batch(id, data) VALUES(:id, :data)", Table::batch, first.value,
      std::move(bytes));
}

void SearchFile::remove_batch(RecordId first) {
  Use batch(database_.prepare("DELETE FROM batch WHERE id=:id"));
  batch->bind(":id", first.value).run();
  Use fields(database_.prepare("DELETE FROM field WHERE id BETWEEN :first AND :last"));
  fields->bind(":first", field_id(first, 0)).bind(":last", field_id(first, kMostFields - 1)).run();
}

void SearchFile::put_fields(RecordId first, std::size_t place, std::string bytes) {
  put("INSERT OR REPLACE INTO field(id, data) VALUES(:id, :data)", Table::field, field_id(first, place),
      std::move(bytes));
}

void SearchFile::put_text_block(RecordId first, std::string bytes) {
  put("INSERT OR REPLACE INTO text(id, data) VALUES(:id, :data)", Table::text, first.value, std::move(bytes));
}

void SearchFile::remove_text_block(RecordId first) {
  Use row(database_.prepare("DELETE FROM text WHERE id=:id"));
  row->bind(":id", first.value).run();
}

void SearchFile::put_dictionary(std::int64_t id, std::string bytes) {
  put("INSERT INTO dictionary(id, data) VALUES(:id, :data)", Table::dictionary, id, std::move(bytes));
}

} // namespace homespool::spool::search
