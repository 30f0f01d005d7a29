#include "spool/search/query.hpp"

#include "spool/search/field_values.hpp"
#include "spool/search/gram_block.hpp"

#include <algorithm>

namespace homespool::spool::search {
namespace {

bool past(Query::Until until) {
  return std::chrono::steady_clock::now() >= until;
}

[[noreturn]] void broken() {
  throw Damaged("a block cannot be read");
}

} // namespace

Query::Query(SearchFile& file, ViewPtr view, Word word, RecordSet wanted)
    : file_(file), view_(std::move(view)), word_(std::move(word)), wanted_(std::move(wanted)),
      one_gram_(is_one_gram(word_.folded)) {
  wanted_.keep(view_->indexed);
}

bool Query::advance(Until until) {
  if (word_.folded.empty() && word_.in != Word::In::field) { // every message has a text, if an empty one
    found_ = wanted_;
    return true;
  }
  if (!fresh_done_) look_at_fresh();
  if (word_.in == Word::In::field && !look_at_values(until)) return false;
  return look_at_runs(until) && verify(until);
}

void Query::look_at_fresh() {
  fresh_done_ = true;
  for (const auto& message : view_->fresh)
    if (wanted_.contains(message->record) && matches(message->text)) found_.add(message->record);
}

bool Query::matches(const FoldedMessage& text) const {
  const auto has = [&](std::string_view in) {
    return find_bytes(in, word_.folded) != std::string_view::npos;
  };
  switch (word_.in) {
  case Word::In::text:
    return has(text.header) || has(text.body);
  case Word::In::body:
    return has(text.body);
  case Word::In::field:
    break;
  }
  return field_has(text.header, word_.field, word_.folded);
}

// What is told here is wanted no more.
bool Query::look_at_values(Until until) {
  while (next_batch_ < view_->batches.size()) {
    const Batch& batch = view_->batches[next_batch_++];
    const auto name = std::lower_bound(batch.fields->begin(), batch.fields->end(), word_.field);
    if (name == batch.fields->end() || *name != word_.field || !wanted_.any(batch.first, batch.last))
      continue;
    const auto place = static_cast<std::size_t>(name - batch.fields->begin());
    RecordSet found;
    if (!find_in_values(file_.fields(batch.first, place), word_.folded, batch.first, batch.last, found))
      broken();
    found.keep(wanted_);
    found_.add(found);
    wanted_.remove(batch.first, batch.last);
    if (past(until) && next_batch_ < view_->batches.size()) return false;
  }
  return true;
}

bool Query::look_at_runs(Until until) {
  while (next_run_ < view_->runs.size()) {
    look_at_run(*view_->runs[next_run_++]);
    if (past(until) && next_run_ < view_->runs.size()) return false;
  }
  return true;
}

void Query::look_at_run(const Run& run) {
  if (!wanted_.any(run.first, run.last)) return;
  if (word_.in != Word::In::body) {
    auto grams = grams_of_word(word_.folded, Zone::header);
    if (word_.in == Word::In::field) {
      const auto name = grams_of_word(word_.field + ":", Zone::header);
      grams.insert(grams.end(), name.begin(), name.end());
    }
    candidates_.header.add(holders(run, grams));
  }
  if (word_.in != Word::In::field)
    candidates_.body.add(holders(run, grams_of_word(word_.folded, Zone::body)));
}

// The wanted records of a run that have all of these n-grams.
RecordSet Query::holders(const Run& run, std::span<const Gram> grams) {
  std::vector<std::uint32_t> left, places, both;
  for (std::size_t i = 0; i < grams.size(); ++i) {
    places.clear();
    look_at_gram(run, grams[i], places);
    if (i == 0) {
      left = places;
    } else {
      both.clear();
      std::set_intersection(left.begin(), left.end(), places.begin(), places.end(), std::back_inserter(both));
      left.swap(both);
    }
    if (left.empty()) break;
  }
  RecordSet out;
  for (const std::uint32_t place : left) {
    const RecordId record{run.first.value + place};
    if (wanted_.contains(record)) out.add(record);
  }
  return out;
}

void Query::look_at_gram(const Run& run, Gram gram, std::vector<std::uint32_t>& places) {
  const auto after = std::upper_bound(run.directory.begin(), run.directory.end(), gram);
  if (after == run.directory.begin()) return;
  const auto number = static_cast<std::size_t>(after - run.directory.begin()) - 1;
  const std::string bytes = file_.gram_block(run, number);
  GramBlockReader block(bytes, run.universe());
  for (;;) {
    switch (block.next()) {
    case GramBlockReader::Step::broken:
      broken();
    case GramBlockReader::Step::end:
      return;
    case GramBlockReader::Step::entry:
      break;
    }
    if (block.gram() > gram) return;
    if (block.gram() < gram) continue;
    if (!block.members(places)) broken();
    return;
  }
}

bool Query::verify(Until until) {
  if (!doubts_gathered_) {
    doubts_gathered_ = true;
    if (one_gram_ && word_.in != Word::In::field) {
      found_.add(candidates_.header);
      found_.add(candidates_.body);
    } else {
      RecordSet all = candidates_.header;
      all.add(candidates_.body);
      for (const auto& run : view_->runs)
        all.for_each(run->first, run->last, [this](RecordId record) { doubtful_.push_back(record); });
    }
  }
  while (next_doubtful_ < doubtful_.size()) {
    verify_block(doubtful_[next_doubtful_]);
    if (past(until)) break;
  }
  return next_doubtful_ == doubtful_.size();
}

// Looks at all doubtful messages whose texts lie in one block.
void Query::verify_block(RecordId at) {
  const std::string bytes = file_.text_block(at).bytes;
  const auto block = read_text_block(bytes);
  if (!block) broken();
  const auto dictionary = view_->dictionaries.find(block->dictionary);
  if (dictionary == view_->dictionaries.end()) broken();
  for (const PackedMessage& message : block->messages) {
    if (next_doubtful_ == doubtful_.size() || message.record < doubtful_[next_doubtful_]) continue;
    if (doubtful_[next_doubtful_] < message.record) broken();
    if (holds(message, *dictionary->second)) found_.add(message.record);
    ++next_doubtful_;
  }
  if (next_doubtful_ < doubtful_.size() && doubtful_[next_doubtful_] == at) broken();
}

bool Query::holds(const PackedMessage& message, const Dictionary& dictionary) {
  if (word_.in == Word::In::field) {
    const auto header = unpacker_.whole(message.header, dictionary);
    if (!header) broken();
    return field_has(*header, word_.field, word_.folded);
  }
  const auto has = [&](const RecordSet& candidates, const PackedText& text) {
    if (!candidates.contains(message.record)) return false;
    const auto outcome = unpacker_.contains(text, dictionary, word_.folded);
    if (outcome == Unpacker::Outcome::broken) broken();
    return outcome == Unpacker::Outcome::yes;
  };
  return has(candidates_.header, message.header) || has(candidates_.body, message.body);
}

} // namespace homespool::spool::search
