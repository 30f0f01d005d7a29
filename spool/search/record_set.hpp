// A set of records as one bit each: what SEARCH computes with.
//
// For: sets that are dense or short-lived; a million records take 125 KB. Threads: a value.
#pragma once

#include "spool/ids.hpp"

#include <algorithm>
#include <bit>
#include <vector>

namespace homespool::spool::search {

class RecordSet {
 public:
  void add(RecordId record) {
    const auto place = static_cast<std::size_t>(record.value);
    if (place / 64 >= words_.size()) words_.resize(place / 64 + 1 + words_.size() / 4);
    words_[place / 64] |= std::uint64_t{1} << (place % 64);
  }
  void remove(RecordId record) {
    const auto place = static_cast<std::size_t>(record.value);
    if (place / 64 < words_.size()) words_[place / 64] &= ~(std::uint64_t{1} << (place % 64));
  }
  bool contains(RecordId record) const {
    const auto place = static_cast<std::size_t>(record.value);
    return place / 64 < words_.size() && (words_[place / 64] >> (place % 64) & 1) != 0;
  }
  bool empty() const {
    return std::all_of(words_.begin(), words_.end(), [](std::uint64_t word) { return word == 0; });
  }
  std::size_t size() const {
    std::size_t count = 0;
    for (const std::uint64_t word : words_) count += static_cast<std::size_t>(std::popcount(word));
    return count;
  }
  // Only what is in both stays.
  void keep(const RecordSet& other) {
    words_.resize(std::min(words_.size(), other.words_.size()));
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
  }
  void add(const RecordSet& other) {
    words_.resize(std::max(words_.size(), other.words_.size()));
    for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  }
  void remove(const RecordSet& other) {
    for (std::size_t i = 0; i < std::min(words_.size(), other.words_.size()); ++i)
      words_[i] &= ~other.words_[i];
  }
  void remove(RecordId first, RecordId last) {
    for (auto at = first.value; at <= last.value && static_cast<std::size_t>(at / 64) < words_.size();) {
      if (at % 64 == 0 && at + 63 <= last.value) {
        words_[static_cast<std::size_t>(at / 64)] = 0;
        at += 64;
      } else {
        remove(RecordId{at++});
      }
    }
  }
  // The members of [first, last], rising.
  template <class Visit>
  void for_each(RecordId first, RecordId last, const Visit& visit) const {
    visit_until(first, last, [&](RecordId record) {
      visit(record);
      return true;
    });
  }
  // Ends when `visit` returns false.
  template <class Visit>
  void visit_until(RecordId first, RecordId last, const Visit& visit) const {
    auto place = static_cast<std::size_t>(first.value);
    while (place / 64 < words_.size() && place <= static_cast<std::size_t>(last.value)) {
      const std::uint64_t rest = words_[place / 64] >> (place % 64);
      if (rest == 0) {
        place = (place / 64 + 1) * 64;
        continue;
      }
      place += static_cast<std::size_t>(std::countr_zero(rest));
      if (place > static_cast<std::size_t>(last.value)) return;
      if (!visit(RecordId{static_cast<std::int64_t>(place)})) return;
      ++place;
    }
  }
  bool any(RecordId first, RecordId last) const {
    bool found = false;
    visit_until(first, last, [&](RecordId) { return !(found = true); });
    return found;
  }

 private:
  std::vector<std::uint64_t> words_;
};

} // namespace homespool::spool::search
