// What the search index holds at one moment, as one immutable value: which records, and where to look.
//
// Published by the index's writer, held by each search while it runs. Threads: immutable, shared.
#pragma once

#include "spool/search/grams.hpp"
#include "spool/search/record_set.hpp"
#include "spool/search/text_block.hpp"

#include <map>

namespace homespool::spool::search {

// The n-grams of the records [first, last], in blocks; block i begins with directory[i].
struct Run {
  std::int64_t id = 0;
  unsigned level = 0; // merged so often
  RecordId first, last;
  std::vector<Gram> directory;

  std::uint32_t universe() const { return static_cast<std::uint32_t>(last.value - first.value + 1); }
};

// Places in a run count from its first record in 32 bits, and gaps cost bits: records that are far from those
// before them, as in a spool that was put back from a copy, begin a run of their own. Nor are runs merged
// across.
constexpr std::int64_t kMostRecords = std::int64_t{1} << 31; // in a run: from its first to its last
inline bool fit_in_a_run(RecordId first, RecordId before, RecordId next, RecordId last) {
  constexpr std::int64_t kFar = std::int64_t{1} << 20;
  return next.value - before.value < kFar && last.value - first.value < kMostRecords;
}

// The records that one transaction brought.
struct Batch {
  RecordId first, last;
  std::shared_ptr<const std::vector<std::string>> fields; // names of those kept apart, sorted
};

struct View {
  std::vector<std::shared_ptr<const Run>> runs; // rising, side by side
  std::vector<Batch> batches;                   // likewise
  std::map<std::int64_t, std::shared_ptr<const Dictionary>> dictionaries;
  std::shared_ptr<const RecordSet> stored = std::make_shared<const RecordSet>(); // what search.db has
  std::vector<std::shared_ptr<const FoldedRecord>>
      fresh;         // not written yet; rising, behind all that is stored
  RecordSet indexed; // all of these
};
using ViewPtr = std::shared_ptr<const View>;

} // namespace homespool::spool::search
