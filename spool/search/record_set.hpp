// A set of records as one bit each: what SEARCH computes with.
//
// For: sets that are dense or short-lived; a million records take 125 KB. Ids may lie far apart, as they do
// in a spool that was put back from a copy: only where there are members is there room. Threads: a value.
#pragma once

#include "spool/ids.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

namespace homespool::spool::search {

class RecordSet {
 public:
  void add(RecordId record) { room_for(number_of(record)).words[word_of(record)] |= bit_of(record); }
  void remove(RecordId record) {
    const auto chunk = find(number_of(record));
    if (chunk != chunks_.size()) chunks_[chunk].words[word_of(record)] &= ~bit_of(record);
  }
  bool contains(RecordId record) const {
    const auto chunk = find(number_of(record));
    return chunk != chunks_.size() && (chunks_[chunk].words[word_of(record)] & bit_of(record)) != 0;
  }
  bool empty() const { return std::all_of(chunks_.begin(), chunks_.end(), is_empty); }
  std::size_t size() const {
    std::size_t count = 0;
    for (const Chunk& chunk : chunks_)
      for (const std::uint64_t word : chunk.words) count += static_cast<std::size_t>(std::popcount(word));
    return count;
  }
  // Only what is in both stays.
  void keep(const RecordSet& other) {
    std::erase_if(chunks_, [&other](Chunk& chunk) {
      const auto there = other.find(chunk.number);
      if (there == other.chunks_.size()) return true;
      for (std::size_t i = 0; i < kWords; ++i) chunk.words[i] &= other.chunks_[there].words[i];
      return false;
    });
  }
  void add(const RecordSet& other) {
    for (const Chunk& theirs : other.chunks_) {
      Chunk& chunk = room_for(theirs.number);
      for (std::size_t i = 0; i < kWords; ++i) chunk.words[i] |= theirs.words[i];
    }
  }
  void remove(RecordId first, RecordId last) {
    for (auto at = chunk_from(number_of(first)); at != chunks_.size(); ++at) {
      Chunk& chunk = chunks_[at];
      if (chunk.number > number_of(last)) return;
      for (std::size_t i = 0; i < kWords; ++i) chunk.words[i] &= ~mask(chunk, i, first, last);
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
    for (auto at = chunk_from(number_of(first)); at != chunks_.size(); ++at) {
      const Chunk& chunk = chunks_[at];
      if (chunk.number > number_of(last)) return;
      for (std::size_t i = 0; i < kWords; ++i) {
        if (chunk.words[i] == 0) continue;
        for (auto rest = chunk.words[i] & mask(chunk, i, first, last); rest != 0; rest &= rest - 1)
          if (!visit(RecordId{first_of(chunk, i).value + std::countr_zero(rest)})) return;
      }
    }
  }
  bool any(RecordId first, RecordId last) const {
    bool found = false;
    visit_until(first, last, [&](RecordId) { return !(found = true); });
    return found;
  }

 private:
  static constexpr std::size_t kWords = 512;
  static constexpr std::int64_t kChunkBits = 15; // of an id: its place in a chunk

  struct Chunk {
    std::int64_t number = 0;
    std::array<std::uint64_t, kWords> words{};
  };
  static std::int64_t number_of(RecordId record) { return record.value >> kChunkBits; }
  static std::size_t word_of(RecordId record) {
    return static_cast<std::uint64_t>(record.value) / 64 % kWords;
  }
  static std::uint64_t bit_of(RecordId record) {
    return std::uint64_t{1} << (static_cast<std::uint64_t>(record.value) % 64);
  }
  static RecordId first_of(const Chunk& chunk, std::size_t word) {
    return RecordId{chunk.number * (std::int64_t{1} << kChunkBits) + static_cast<std::int64_t>(word) * 64};
  }
  static bool is_empty(const Chunk& chunk) {
    return std::all_of(chunk.words.begin(), chunk.words.end(), [](std::uint64_t word) { return word == 0; });
  }
  // The bits of a word that stand for records of [first, last].
  static std::uint64_t mask(const Chunk& chunk, std::size_t word, RecordId first, RecordId last) {
    const auto begin = first_of(chunk, word).value;
    if (last.value < begin || begin + 63 < first.value) return 0;
    std::uint64_t bits = ~std::uint64_t{0};
    if (begin < first.value) bits <<= first.value - begin;
    if (last.value < begin + 63) bits &= ~std::uint64_t{0} >> (begin + 63 - last.value);
    return bits;
  }

  // The place of the first chunk that is not below this one.
  std::size_t chunk_from(std::int64_t number) const {
    if (chunks_.empty() || number <= chunks_.front().number) return 0;
    // Mostly there is one after the other.
    const auto place = static_cast<std::uint64_t>(number - chunks_.front().number);
    if (place < chunks_.size() && chunks_[place].number == number) return place;
    const auto below = [](const Chunk& chunk, std::int64_t wanted) { return chunk.number < wanted; };
    return static_cast<std::size_t>(std::lower_bound(chunks_.begin(), chunks_.end(), number, below) -
                                    chunks_.begin());
  }
  // chunks_.size() when it is not there.
  std::size_t find(std::int64_t number) const {
    const auto place = chunk_from(number);
    return place != chunks_.size() && chunks_[place].number == number ? place : chunks_.size();
  }
  Chunk& room_for(std::int64_t number) {
    const auto place = chunk_from(number);
    if (place == chunks_.size() || chunks_[place].number != number)
      chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(place), Chunk{number, {}});
    return chunks_[place];
  }

  std::vector<Chunk> chunks_; // numbers rise
};

} // namespace homespool::spool::search
