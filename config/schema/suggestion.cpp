// Edit distance between keys.
#include "config/schema/suggestion.hpp"

#include <algorithm>
#include <vector>

namespace homespool::config::schema {
namespace {

constexpr std::size_t kLongestCompared = 64;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Optimal string alignment: insert, remove, replace, or swap two neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t slip = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + slip});
      const bool swapped =
          i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

} // namespace

Suggestion nearest(std::string_view word, std::span<const std::string_view> candidates) {
  word = word.substr(0, kLongestCompared);
  Suggestion best;
  std::size_t least = ~std::size_t{0};
  for (const std::string_view candidate : candidates) {
    const std::size_t slips = distance(word, candidate);
    if (slips >= least) continue;
    least = slips;
    // Between short words one slip means nothing: 1.2 is not a misspelt 1.3.
    const bool close = candidate.size() > 3 && slips <= std::max<std::size_t>(1, candidate.size() / 3);
    best = {candidate, close};
  }
  return best;
}

} // namespace homespool::config::schema
