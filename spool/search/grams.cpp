#include "spool/search/grams.hpp"

#include <algorithm>
#include <numeric>

namespace homespool::spool::search {
namespace {

constexpr std::uint32_t kNone = 0xffffffff;
constexpr std::size_t kFirstSlots = std::size_t{1} << 16;
constexpr std::size_t kMostGramsOfWord = 16; // more would not leave fewer candidates
constexpr unsigned kBits = 21;
constexpr Gram kZoneBit = Gram{1} << 63;
constexpr Gram kCharacter = (Gram{1} << kBits) - 1;

// Steps over one character of UTF-8; the value of an ill-formed one is a single byte above all code points.
std::uint32_t next_character(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::uint32_t first = byte(at);
  const std::size_t size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (size == 1) return text[at++] & 0x7f;
  if (size == 0 || first > 0xf4 || at + size > text.size()) return 0x110000 + byte(at++);
  std::uint32_t value = first & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xc0U) != 0x80) return 0x110000 + byte(at++);
    value = value << 6 | (byte(at + i) & 0x3fU);
  }
  at += size;
  return value;
}

Gram with_zone(Gram gram, Zone zone) {
  return zone == Zone::body ? gram | kZoneBit : gram;
}

// The characters of a word, plus one each.
std::vector<Gram> characters_of(std::string_view word) {
  std::vector<Gram> out;
  for (std::size_t at = 0; at < word.size();) out.push_back(Gram{next_character(word, at)} + 1);
  return out;
}

std::size_t hash(Gram gram) {
  gram *= 0x9e3779b97f4a7c15;
  return gram ^ gram >> 29;
}

} // namespace

std::vector<Gram> grams_of_word(std::string_view folded, Zone zone) {
  const std::vector<Gram> characters = characters_of(folded);
  std::vector<Gram> out;
  if (characters.empty()) return out;
  if (characters.size() <= 3) {
    Gram gram = 0;
    for (std::size_t i = 0; i < 3; ++i) gram = gram << kBits | (i < characters.size() ? characters[i] : 0);
    out.push_back(with_zone(gram, zone));
    return out;
  }
  const std::size_t runs = characters.size() - 2;
  const std::size_t step = (runs + kMostGramsOfWord - 1) / kMostGramsOfWord;
  for (std::size_t i = 0; i < runs; i += step)
    out.push_back(
        with_zone(characters[i] << (2 * kBits) | characters[i + 1] << kBits | characters[i + 2], zone));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool is_one_gram(std::string_view folded) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < folded.size() && count <= 3; ++count) next_character(folded, at);
  return count > 0 && count <= 3;
}

GramCollector::GramCollector() : slots_(kFirstSlots, kNone) {}

void GramCollector::add(std::string_view folded, Zone zone, std::uint32_t place) {
  Gram window = 0; // the last three characters
  for (std::size_t at = 0; at < folded.size();) {
    if (folded[at] == kBorder) {
      window = 0;
      ++at;
      continue;
    }
    const Gram character = Gram{next_character(folded, at)} + 1;
    window = (window << kBits | character) & ((Gram{1} << (3 * kBits)) - 1);
    note(with_zone(character << (2 * kBits), zone), place);
    const Gram before = window >> kBits & kCharacter;
    if (before == 0) continue;
    note(with_zone((before << kBits | character) << kBits, zone), place);
    if (window >> (2 * kBits) != 0) note(with_zone(window, zone), place);
  }
  if (!stretches_.empty() && stretches_.back().place == place)
    stretches_.back().end = seen_.size();
  else
    stretches_.push_back({place, seen_.size()});
}

void GramCollector::note(Gram gram, std::uint32_t place) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash(gram) & mask;
  while (slots_[slot] != kNone && grams_[slots_[slot]] != gram) slot = (slot + 1) & mask;
  std::uint32_t id = slots_[slot];
  if (id == kNone) {
    id = static_cast<std::uint32_t>(grams_.size());
    slots_[slot] = id;
    grams_.push_back(gram);
    last_.push_back(kNone);
    if (grams_.size() * 2 > slots_.size()) grow();
  }
  if (last_[id] == place) return;
  last_[id] = place;
  seen_.push_back(id);
}

void GramCollector::grow() {
  slots_.assign(slots_.size() * 2, kNone);
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t id = 0; id < grams_.size(); ++id) {
    std::size_t slot = hash(grams_[id]) & mask;
    while (slots_[slot] != kNone) slot = (slot + 1) & mask;
    slots_[slot] = id;
  }
}

GramCollector::Sorted GramCollector::sort() const {
  Sorted sorted;
  sorted.begin.assign(grams_.size() + 1, 0);
  for (const std::uint32_t id : seen_) ++sorted.begin[id + 1];
  std::partial_sum(sorted.begin.begin(), sorted.begin.end(), sorted.begin.begin());
  sorted.places.resize(seen_.size());
  std::vector<std::size_t> next(sorted.begin.begin(), sorted.begin.end() - 1);
  std::size_t at = 0;
  for (const Stretch& stretch : stretches_)
    for (; at < stretch.end; ++at) sorted.places[next[seen_[at]]++] = stretch.place;
  sorted.order.resize(grams_.size());
  std::iota(sorted.order.begin(), sorted.order.end(), std::uint32_t{0});
  std::sort(sorted.order.begin(), sorted.order.end(),
            [this](std::uint32_t a, std::uint32_t b) { return grams_[a] < grams_[b]; });
  return sorted;
}

} // namespace homespool::spool::search
