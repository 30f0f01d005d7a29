// The work of the search index's writer thread, one step at a time: opening search.db, following the commits,
// writing batches, merging runs, forgetting.
//
// Threads: that one.
#pragma once

#include "spool/search/merge.hpp"
#include "spool/search/record_source.hpp"
#include "spool/search/search_index.hpp"

namespace homespool::spool::search {

class Indexer {
 public:
  explicit Indexer(SearchIndex& index) : index_(index) {}

  using Wait = std::optional<std::chrono::milliseconds>;
  // One step. Returns how long to wait before the next one: not at all, for some time, or (nothing) until
  // something happens. Faults are dealt with here.
  Wait work(const std::vector<RecordId>& forget, const std::optional<std::string>& distrusted);

 private:
  static constexpr int kWalPages = 2000; // then the log is folded in

  Wait step(const std::vector<RecordId>& forget);
  void open();
  void close();
  void discard(const std::string& why);
  void complain(const std::string& what);
  void compare_with_index();
  void in_transaction(std::shared_ptr<View> view, const std::function<void()>& write);

  bool is_full() const;
  bool follow();
  bool belongs_with_fresh(RecordId record) const;
  std::shared_ptr<const FoldedRecord> fold_again(RecordId record);
  void write_fresh();
  void write_texts(View& view);
  const Dictionary& dictionary(View& view);
  std::vector<std::string> write_fields();
  std::shared_ptr<const Run> write_grams();

  // indexer_merge.cpp
  bool merge();
  bool begin_merge();
  void finish_merge();
  bool tidy();

  void forget();
  void forget_texts(std::vector<RecordId>& records);
  bool forget_in_batch(const Batch& batch, std::span<const RecordId> records);

  SearchIndex& index_;
  std::optional<RecordSource> source_;
  std::unique_ptr<SearchFile> file_;
  ViewPtr view_;
  std::vector<Fingerprint> fresh_sums_; // of view_->fresh
  std::size_t fresh_bytes_ = 0;
  bool far_ahead_ = false; // the next record does not belong with these
  RecordId last_;          // looked at
  std::int64_t next_run_ = 1;
  std::unique_ptr<Merge> merge_;
  std::vector<std::int64_t> dead_runs_; // their blocks are still there
  std::vector<RecordId> to_forget_;
  unsigned discarded_ = 0;
  bool complained_ = false;
  bool wrote_ = false;
};

} // namespace homespool::spool::search
