// One word looked for in what is indexed: the records that have it, exactly.
//
// n-grams say where a word can be; unless they say it all, the texts of those messages are unpacked and
// looked through. Long work is done a slice at a time. Threads: made and run on any one thread at a time.
#pragma once

#include "spool/search/search_file.hpp"

#include <chrono>
#include <functional>

namespace homespool::spool::search {

struct Word {
  enum class In : std::uint8_t { text, body, field }; // TEXT, BODY and HEADER of RFC 3501 section 6.4.4
  In in = In::text;
  std::string field;  // of In::field, in lower case
  std::string folded; // mail::fold_for_search; for a field, runs of blanks as one space
};

class Query {
 public:
  using Until = std::chrono::steady_clock::time_point;
  // `file` reads what `view` describes, while the query lives. Only records of `wanted` are looked for.
  Query(SearchFile& file, ViewPtr view, Word word, RecordSet wanted);

  // True when it is done; false when there is more to do after `until`. Damaged, SqliteError.
  bool advance(Until until);
  const RecordSet& found() const { return found_; }

 private:
  struct Candidates {
    RecordSet header, body; // where the word can be
  };
  void look_at_fresh();
  bool look_at_values(Until until);
  bool look_at_runs(Until until);
  void look_at_run(const Run& run);
  RecordSet holders(const Run& run, std::span<const Gram> grams);
  void look_at_gram(const Run& run, Gram gram, std::vector<std::uint32_t>& places);
  bool verify(Until until);
  void verify_block(RecordId at);
  bool holds(const PackedMessage& message, const Dictionary& dictionary);
  bool matches(const FoldedMessage& text) const;

  SearchFile& file_;
  ViewPtr view_;
  Word word_;
  RecordSet wanted_; // and indexed
  bool one_gram_;

  RecordSet found_;
  Candidates candidates_;
  std::vector<RecordId> doubtful_; // to be looked at, rising
  std::size_t next_run_ = 0, next_batch_ = 0, next_doubtful_ = 0;
  bool fresh_done_ = false, doubts_gathered_ = false;
  Unpacker unpacker_;
};

} // namespace homespool::spool::search
