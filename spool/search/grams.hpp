// Texts as n-grams: every run of one, two and three characters (code points) of a folded text.
//
// A text holds a word of up to three characters exactly when it holds that n-gram; a longer word can only be
// where all its runs of three are. The header of a message and its body are told apart. Texts are UTF-8;
// kBorder, which UTF-8 has not, stands between pieces that no word reaches across. Total: ill-formed bytes
// give n-grams that match nothing. Threads: pure functions; a GramCollector belongs to one thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace homespool::spool::search {

inline constexpr char kBorder = '\xff';

enum class Zone : std::uint8_t { header, body };

// The zone in the highest bit, then three times 21 bits: a code point plus one, or nothing.
using Gram = std::uint64_t;

// What a text must hold to hold this word: one n-gram, or some of the word's runs of three. Empty for an
// empty word.
std::vector<Gram> grams_of_word(std::string_view folded, Zone zone);
// True when the n-gram says it all.
bool is_one_gram(std::string_view folded);

// Gathers the n-grams of many messages, and gives them back by n-gram.
class GramCollector {
 public:
  GramCollector();
  // `place` of the message must not fall from call to call.
  void add(std::string_view folded, Zone zone, std::uint32_t place);

  // n-grams, rising; each with the places where it is, rising.
  template <class Visit> // Visit(Gram, std::span<const std::uint32_t> places)
  void for_each(const Visit& visit) const {
    const Sorted sorted = sort();
    for (const std::uint32_t id : sorted.order) {
      const std::size_t begin = sorted.begin[id];
      visit(grams_[id], std::span(sorted.places).subspan(begin, sorted.begin[id + 1] - begin));
    }
  }

 private:
  struct Sorted {
    std::vector<std::uint32_t> order;  // ids by gram
    std::vector<std::size_t> begin;    // of each id in places
    std::vector<std::uint32_t> places; // grouped by id
  };
  Sorted sort() const;
  void note(Gram gram, std::uint32_t place);
  void grow();

  // A hash table from gram to id, and by id the gram and the place that had it last.
  std::vector<std::uint32_t> slots_;
  std::vector<Gram> grams_;
  std::vector<std::uint32_t> last_;
  // Which ids came, in order of places.
  std::vector<std::uint32_t> seen_;
  struct Stretch {
    std::uint32_t place;
    std::size_t end; // in seen_
  };
  std::vector<Stretch> stretches_;
};

} // namespace homespool::spool::search
