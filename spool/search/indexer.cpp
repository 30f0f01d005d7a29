#include "spool/search/indexer.hpp"

#include "spool/search/field_values.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace homespool::spool::search {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAtOnce{0};
constexpr milliseconds kLater{60'000};         // after a fault: the disk is full, say
constexpr std::size_t kRecordsAtOnce = 64;     // between two looks at who waits
constexpr std::uint64_t kMailAtOnce = 8 << 20; // bytes of messages, likewise
constexpr std::size_t kLongestText = 16 << 20; // folded; longer ones are looked through at each search
constexpr std::size_t kTextBlock = 48 << 10;   // bytes of text, before packing
constexpr std::size_t kTextBlockRecords = 32;
constexpr std::size_t kMostRuns = 32;    // then merging goes before following
constexpr std::int64_t kTrainAgain = 16; // when there is so many times as much text
constexpr unsigned kMostDiscards = 5;    // in one run of the program: the disk is to blame, not the file

std::size_t size_of(const FoldedMessage& text) {
  return text.header.size() + text.body.size();
}

std::vector<RecordId> sorted(std::vector<RecordId> records) {
  std::sort(records.begin(), records.end());
  records.erase(std::unique(records.begin(), records.end()), records.end());
  return records;
}

} // namespace

Indexer::Wait Indexer::work(const std::vector<RecordId>& forget,
                            const std::optional<std::string>& distrusted) {
  try {
    if (distrusted) discard(*distrusted);
    return step(forget);
  } catch (const Damaged& error) {
    discard(error.what());
    return kAtOnce;
  } catch (const index::SqliteError& error) {
    if (error.damaged()) {
      discard(error.what());
      return kAtOnce;
    }
    complain(error.what());
    if (!error.no_space()) close();
    return kLater;
  } catch (const std::exception& error) { // memory, most likely
    complain(error.what());
    close();
    return kLater;
  }
}

Indexer::Wait Indexer::step(const std::vector<RecordId>& forget) {
  if (discarded_ > kMostDiscards) return std::nullopt;
  if (!file_) open();
  index_.give_way();
  to_forget_.insert(to_forget_.end(), forget.begin(), forget.end());
  if (index_.options_.low_space && index_.options_.low_space()) return kLater;
  this->forget();
  const bool more = !is_full() && follow();
  if (index_.stopping()) return std::nullopt;
  if (is_full()) {
    write_fresh();
    return kAtOnce;
  }
  if (more && view_->runs.size() < kMostRuns) return kAtOnce;
  if (merge() || more || tidy()) return kAtOnce;
  complained_ = false;
  return std::nullopt;
}

// The fresh ones are to be written.
bool Indexer::is_full() const {
  const auto& limits = index_.options_.limits;
  if (view_->fresh.empty()) return false;
  return far_ahead_ || fresh_bytes_ >= limits.fresh_bytes || view_->fresh.size() >= limits.fresh_records;
}

// --- the file

void Indexer::open() {
  const auto& path = index_.options_.file;
  if (!source_) source_.emplace(index_.options_.index, index_.options_.packs);
  struct stat status {};
  const bool there = ::lstat(path.c_str(), &status) == 0;
  if (there && !S_ISREG(status.st_mode)) throw Damaged("it is no file");
  // Made beforehand so that only its owner can read it; SQLite gives its other files the same mode.
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor >= 0) ::close(descriptor);
  auto file = std::make_unique<SearchFile>(path, SearchFile::Access::write, index_.options_.seed);
  auto view = file->load();
  file_ = std::move(file);
  view_ = std::move(view);
  fresh_sums_.clear();
  fresh_bytes_ = 0;
  far_ahead_ = false;
  last_ = view_->batches.empty() ? RecordId{} : view_->batches.back().last;
  dead_runs_ = file_->runs_with_grams();
  next_run_ = 1;
  for (const std::int64_t run : dead_runs_) next_run_ = std::max(next_run_, run + 1);
  std::erase_if(dead_runs_, [this](std::int64_t id) {
    return std::any_of(view_->runs.begin(), view_->runs.end(),
                       [id](const auto& run) { return run->id == id; });
  });
  for (const auto& run : view_->runs) next_run_ = std::max(next_run_, run->id + 1);
  compare_with_index();
  index_.publish(view_, [] {});
  index_.reached_ = last_.value;
}

void Indexer::close() {
  merge_.reset();
  file_.reset();
  source_.reset();
  index_.withdraw();
}

void Indexer::discard(const std::string& why) {
  close();
  const std::string base = index_.options_.file.string();
  std::error_code error;
  for (const char* ending : {"", "-wal", "-shm", "-journal"}) {
    std::filesystem::remove_all(base + ending, error);
    if (error) ++discarded_; // it will be found again
  }
  const bool last = ++discarded_ > kMostDiscards;
  index_.options_.on_finding(
      "the search index was thrown away (" + why + ") and " +
      (last ? "is not made again before the next start; searches take longer" : "is made anew"));
}

// Once until all is well again.
void Indexer::complain(const std::string& what) {
  if (file_ && file_->database().in_transaction()) file_->database().run("ROLLBACK");
  merge_.reset();
  if (std::exchange(complained_, true)) return;
  index_.options_.on_finding("the search index cannot be written now, searches take longer: " + what);
}

// An index.db that was put back may have other records under the same numbers.
void Indexer::compare_with_index() {
  if (source_->next_record() <= last_) throw Damaged("it is newer than the index");
  for (const Batch& batch : view_->batches) {
    index_.give_way();
    const auto records = file_->batch(batch.first).records;
    const auto standing = source_->compare(records);
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (standing[i] == RecordSource::Standing::other) throw Damaged("it is of another index");
      if (standing[i] == RecordSource::Standing::gone) to_forget_.push_back(records[i].record);
    }
    if (index_.stopping()) return;
  }
}

// `write` and its commit; the view is published with the commit.
void Indexer::in_transaction(std::shared_ptr<View> view, const std::function<void()>& write) {
  index::Database& database = file_->database();
  database.run("BEGIN IMMEDIATE");
  write();
  ViewPtr published = view ? ViewPtr(std::move(view)) : view_;
  index_.publish(published, [&database] { database.run("COMMIT"); });
  view_ = std::move(published);
  if (database.wal_pages() >= kWalPages) database.checkpoint(false);
}

// --- following the commits

// Takes in what comes next; false when there is nothing.
bool Indexer::follow() {
  const auto rows = source_->after(last_, kRecordsAtOnce, kMailAtOnce);
  if (rows.empty()) {
    index_.note_up_to_date();
    return false;
  }
  auto view = std::make_shared<View>(*view_);
  for (const auto& row : rows) {
    index_.give_way();
    if (!belongs_with_fresh(row.fingerprint.record)) {
      far_ahead_ = true;
      break;
    }
    auto folded = source_->fold(row, kLongestText);
    if (!folded) folded = fold_again(row.fingerprint.record);
    last_ = row.fingerprint.record;
    if (!folded) continue;
    fresh_bytes_ += size_of(folded->text);
    fresh_sums_.push_back(row.fingerprint);
    view->indexed.add(last_);
    view->fresh.push_back(std::move(folded));
    if (index_.stopping()) return false;
  }
  view_ = std::move(view);
  index_.publish(view_, [] {});
  index_.reached_ = last_.value;
  return true;
}

bool Indexer::belongs_with_fresh(RecordId record) const {
  if (fresh_sums_.empty()) return true;
  return fit_in_a_run(fresh_sums_.front().record, fresh_sums_.back().record, record, record);
}

// Its pack may have been rewritten meanwhile: the place is looked up once more.
std::shared_ptr<const FoldedRecord> Indexer::fold_again(RecordId record) {
  const auto rows = source_->after(RecordId{record.value - 1}, 1, 1);
  if (rows.empty() || rows.front().fingerprint.record != record) return nullptr;
  return source_->fold(rows.front(), kLongestText);
}

// --- writing

void Indexer::write_fresh() {
  auto view = std::make_shared<View>(*view_);
  view->fresh.clear();
  const RecordId first = fresh_sums_.front().record, last = fresh_sums_.back().record;
  in_transaction(view, [&] {
    write_texts(*view);
    view->runs.push_back(write_grams());
    SearchFile::BatchRow batch{write_fields(), fresh_sums_};
    file_->put_batch(first, batch);
    view->batches.push_back(
        {first, last, std::make_shared<const std::vector<std::string>>(std::move(batch.fields))});
    auto stored = std::make_shared<RecordSet>(*view->stored);
    for (const Fingerprint& each : fresh_sums_) stored->add(each.record);
    view->stored = std::move(stored);
  });
  fresh_sums_.clear();
  fresh_bytes_ = 0;
  far_ahead_ = false;
  wrote_ = true;
}

// Dictionaries are numbered by the batch they were learned from.
const Dictionary& Indexer::dictionary(View& view) {
  const auto& newest = view.dictionaries.rbegin()->second;
  const auto batch = static_cast<std::int64_t>(view.batches.size()) + 1;
  if (newest->id() != 0 && batch < newest->id() * kTrainAgain) return *newest;
  std::string bytes = Dictionary::train(view_->fresh);
  if (bytes.empty() || newest->id() == batch) return *newest;
  file_->put_dictionary(batch, bytes);
  return *(view.dictionaries[batch] = std::make_shared<const Dictionary>(batch, std::move(bytes)));
}

void Indexer::write_texts(View& view) {
  const Dictionary& with = dictionary(view);
  const std::span all(view_->fresh);
  Packer packer;
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin, bytes = 0;
    while (end < all.size() && end - begin < kTextBlockRecords && bytes < kTextBlock)
      bytes += size_of(all[end++]->text);
    const auto block = all.subspan(begin, end - begin);
    index_.give_way();
    file_->put_text_block(block.front()->record, packer.pack(block, with));
    begin = end;
  }
}

// Returns the names.
std::vector<std::string> Indexer::write_fields() {
  std::vector<std::string> names;
  for (auto& [name, values] : field_values(view_->fresh)) {
    file_->put_fields(view_->fresh.front()->record, names.size(), values);
    names.push_back(name);
  }
  return names;
}

std::shared_ptr<const Run> Indexer::write_grams() {
  auto run = std::make_shared<Run>();
  run->id = next_run_++;
  run->first = view_->fresh.front()->record;
  run->last = view_->fresh.back()->record;
  GramCollector grams;
  for (const auto& message : view_->fresh) {
    index_.give_way();
    const auto place = static_cast<std::uint32_t>(message->record.value - run->first.value);
    grams.add(message->text.header, Zone::header, place);
    grams.add(message->text.body, Zone::body, place);
  }
  GramBlockWriter writer(run->universe(), [&](Gram first, std::string block) {
    file_->put_gram_block(run->id, run->directory.size(), std::move(block));
    run->directory.push_back(first);
  });
  grams.for_each([&](Gram gram, std::span<const std::uint32_t> places) { writer.add(gram, places); });
  writer.finish();
  file_->put_run(*run);
  return run;
}

// --- forgetting

void Indexer::forget() {
  if (to_forget_.empty()) return;
  const auto records = sorted(std::exchange(to_forget_, {}));
  auto view = std::make_shared<View>(*view_);
  const auto gone = [&](RecordId record) {
    return std::binary_search(records.begin(), records.end(), record);
  };
  std::erase_if(view->fresh, [&](const auto& message) { return gone(message->record); });
  std::erase_if(fresh_sums_, [&](const Fingerprint& each) { return gone(each.record); });
  auto stored = std::make_shared<RecordSet>(*view->stored);
  for (const RecordId record : records) {
    stored->remove(record);
    view->indexed.remove(record);
  }
  in_transaction(view, [&] {
    std::erase_if(view->batches, [&](const Batch& batch) { return forget_in_batch(batch, records); });
    view->stored = std::move(stored);
  });
  far_ahead_ = false; // it will be seen again
  fresh_bytes_ = 0;
  for (const auto& message : view_->fresh) fresh_bytes_ += size_of(message->text);
}

// Takes some of these records out of the block that holds the first of them, and off the list.
void Indexer::forget_texts(std::vector<RecordId>& records) {
  const auto text = file_->text_block(records.front());
  const auto block = read_text_block(text.bytes);
  if (!block) throw Damaged("a block cannot be read");
  const std::string left = without(*block, records);
  if (left.empty())
    file_->remove_text_block(text.first);
  else
    file_->put_text_block(text.first, left);
  const RecordId wanted = records.front();
  for (const PackedMessage& message : block->messages) std::erase(records, message.record);
  if (!records.empty() && records.front() == wanted) throw Damaged("a text is missing");
}

// True when the batch is empty now. n-grams of what is gone stay until their run is merged.
bool Indexer::forget_in_batch(const Batch& batch, std::span<const RecordId> records) {
  std::vector<RecordId> here;
  for (const RecordId record : records)
    if (batch.first <= record && record <= batch.last && view_->stored->contains(record))
      here.push_back(record);
  if (here.empty()) return false;
  for (auto left = here; !left.empty();) forget_texts(left);
  auto row = file_->batch(batch.first);
  std::erase_if(row.records, [&](const Fingerprint& each) {
    return std::binary_search(here.begin(), here.end(), each.record);
  });
  if (row.records.empty()) {
    file_->remove_batch(batch.first);
    return true;
  }
  file_->put_batch(batch.first, row);
  for (std::size_t place = 0; place < row.fields.size(); ++place) {
    auto left = values_without(file_->fields(batch.first, place), here);
    if (!left) throw Damaged("a block cannot be read");
    file_->put_fields(batch.first, place, std::move(*left));
  }
  return false;
}

} // namespace homespool::spool::search
