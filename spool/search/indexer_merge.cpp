// The indexer's work when nothing new came: merging runs, and giving back what that leaves.
#include "spool/search/indexer.hpp"

#include <algorithm>
#include <malloc.h>

namespace homespool::spool::search {
namespace {

constexpr std::int64_t kMostUnused = 512; // pages that are not worth giving back

std::int64_t number_of(index::Database& database, const char* sql) {
  index::Use row(database.prepare(sql));
  return row->step() ? row->integer(0) : 0;
}

using Runs = std::vector<std::shared_ptr<const Run>>;

// So many of one level, side by side, that they are to become one; none when there are not.
Runs runs_to_merge(const Runs& all, std::size_t merge_at) {
  std::map<std::pair<unsigned, std::size_t>, Runs> groups; // by level, and stretch of records
  std::size_t stretch = 0;
  RecordId first, before;
  for (const auto& run : all) {
    if (stretch == 0 || !fit_in_a_run(first, before, run->first, run->last)) {
      ++stretch;
      first = run->first;
    }
    before = run->last;
    groups[{run->level, stretch}].push_back(run);
  }
  for (auto& [place, runs] : groups)
    if (runs.size() >= merge_at) return std::move(runs);
  return {};
}

} // namespace

// False when there is nothing to merge.
bool Indexer::merge() {
  if (!merge_ && !begin_merge()) return false;
  bool done = false;
  in_transaction(nullptr, [&] { done = merge_->step(); });
  if (done) finish_merge();
  return true;
}

bool Indexer::begin_merge() {
  Runs runs = runs_to_merge(view_->runs, index_.options_.limits.merge_at);
  if (runs.empty()) return false;
  merge_ = std::make_unique<Merge>(*file_, std::move(runs), next_run_++, view_->stored);
  dead_runs_.push_back(next_run_ - 1); // until it is finished
  return true;
}

void Indexer::finish_merge() {
  auto view = std::make_shared<View>(*view_);
  const auto merged = std::move(merge_);
  const auto& inputs = merged->runs();
  const auto place = std::find(view->runs.begin(), view->runs.end(), inputs.front());
  *place = merged->result();
  view->runs.erase(place + 1, place + static_cast<std::ptrdiff_t>(inputs.size()));
  in_transaction(view, [&] {
    for (const auto& run : inputs) file_->remove_run(run->id);
    file_->put_run(*merged->result());
  });
  std::erase(dead_runs_, merged->result()->id);
  for (const auto& run : inputs) dead_runs_.push_back(run->id);
}

// What merging left behind. False when all is tidy.
bool Indexer::tidy() {
  index::Database& database = file_->database();
  if (!dead_runs_.empty()) {
    bool more = false;
    in_transaction(nullptr, [&] { more = file_->remove_some_grams(dead_runs_.back()); });
    if (!more) dead_runs_.pop_back();
    return true;
  }
  const std::int64_t unused = number_of(database, "PRAGMA freelist_count");
  if (unused > kMostUnused && unused > number_of(database, "PRAGMA page_count") / 32) {
    database.run("PRAGMA incremental_vacuum(512)");
    if (database.wal_pages() >= kWalPages) database.checkpoint(false);
    return number_of(database, "PRAGMA freelist_count") < unused;
  }
  if (database.wal_pages() > 0) database.checkpoint(true);
  if (std::exchange(wrote_, false)) ::malloc_trim(0); // megabytes at a time came and went
  return false;
}

} // namespace homespool::spool::search
