#include "server/imap/search/indexed_words.hpp"

#include <algorithm>
#include <numeric>

namespace homespool::server::imap {

using spool::RecordId;
using spool::search::Damaged;
using spool::search::Word;

IndexedWords::IndexedWords(std::shared_ptr<spool::search::SearchIndex> index, spool::MailboxId mailbox,
                           spool::Uid next, const std::vector<Matcher::SoughtWord>& words,
                           const std::vector<Candidate>& candidates)
    : index_(std::move(index)), mailbox_(mailbox), next_(next), words_(words), candidates_(candidates),
      answers_(words.size()), row_(words.size()) {}

bool IndexedWords::advance(Until until) {
  if (given_up_) return true;
  try {
    if (!begun_) begin();
    if (given_up_ || !ask(until)) return given_up_;
    query_.reset();
    inquiry_.reset(); // the caller may still take long: the index need not keep this moment for it
    return true;
  } catch (const Damaged& damage) {
    inquiry_->distrust(damage.what());
  } catch (const std::exception&) { // for this search alone
  }
  given_up_ = true;
  query_.reset();
  inquiry_.reset();
  return true;
}

void IndexedWords::begin() {
  begun_ = true;
  inquiry_ = index_->inquire();
  given_up_ = !inquiry_;
  if (given_up_) return;
  find_records();
  order_.resize(words_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::stable_partition(order_.begin(), order_.end(), [this](std::size_t word) {
    return words_[word].required && words_[word].word.in == Word::In::field;
  });
}

void IndexedWords::find_records() {
  const auto known = inquiry_->records_of(mailbox_, next_);
  records_.resize(candidates_.size());
  auto at = known->begin();
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const spool::Uid uid = candidates_[i].message.uid;
    if (at != known->end() && at->uid < uid) ++at;
    if (at != known->end() && at->uid < uid)
      at = std::lower_bound(at, known->end(), uid,
                            [](const auto& each, spool::Uid u) { return each.uid < u; });
    if (at == known->end() || at->uid != uid || !inquiry_->indexed().contains(at->record)) continue;
    records_[i] = at->record;
    wanted_.add(at->record);
    ++told_;
  }
}

bool IndexedWords::ask(Until until) {
  for (; asked_ < order_.size(); ++asked_) {
    const std::size_t word = order_[asked_];
    if (!query_) query_ = inquiry_->query(words_[word].word, wanted_);
    if (!query_->advance(until)) return false;
    take_answer(word, query_->found());
    query_.reset();
  }
  return true;
}

void IndexedWords::take_answer(std::size_t word, const RecordSet& found) {
  answers_[word] = found;
  if (words_[word].required) wanted_.keep(found);
}

std::span<const char> IndexedWords::found(std::size_t candidate) {
  if (given_up_ || records_[candidate] == RecordId{}) return {};
  for (std::size_t i = 0; i < answers_.size(); ++i)
    row_[i] = answers_[i].contains(records_[candidate]) ? 1 : 0;
  return row_;
}

} // namespace homespool::server::imap
