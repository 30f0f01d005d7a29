// Runs of n-grams made into one, a step at a time, so that reading and indexing go on meanwhile.
//
// Records that are no longer stored fall out on the way. Threads: the index's writer.
#pragma once

#include "spool/search/gram_block.hpp"
#include "spool/search/search_file.hpp"

namespace homespool::spool::search {

class Merge {
 public:
  // `runs` lie side by side, rising; the new run gets `id`.
  Merge(SearchFile& file, std::vector<std::shared_ptr<const Run>> runs, std::int64_t id,
        std::shared_ptr<const RecordSet> stored);
  Merge(const Merge&) = delete;
  Merge& operator=(const Merge&) = delete;

  // Writes some blocks within the caller's transaction; true when all are written. Damaged, SqliteError.
  bool step();
  const std::vector<std::shared_ptr<const Run>>& runs() const { return runs_; }
  std::shared_ptr<const Run> result() const { return result_; }

 private:
  // One run as it is read.
  struct Source {
    std::shared_ptr<const Run> run;
    std::size_t next_block = 0;
    std::string bytes;
    std::optional<GramBlockReader> block;
    bool over = false;
  };
  void advance(Source& source);
  void merge_lowest();

  SearchFile& file_;
  std::vector<std::shared_ptr<const Run>> runs_;
  std::shared_ptr<const RecordSet> stored_;
  std::shared_ptr<Run> result_;
  GramBlockWriter writer_;
  std::vector<Source> sources_;
  std::vector<std::uint32_t> members_, kept_; // of one n-gram
};

} // namespace homespool::spool::search
