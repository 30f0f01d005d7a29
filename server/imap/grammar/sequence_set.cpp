// Sequence sets. See sequence_set.hpp.
#include "server/imap/grammar/sequence_set.hpp"

#include <algorithm>

namespace homespool::server::imap {

std::vector<SequenceSet::Range> resolve(const SequenceSet& set, std::uint32_t largest) {
  std::vector<SequenceSet::Range> sorted;
  sorted.reserve(set.ranges.size());
  for (auto range : set.ranges) {
    const bool star = range.first == SequenceSet::kStar || range.last == SequenceSet::kStar;
    if (star && largest == 0) continue;
    if (range.first == SequenceSet::kStar) range.first = largest;
    if (range.last == SequenceSet::kStar) range.last = largest;
    if (range.first > range.last) std::swap(range.first, range.last);
    sorted.push_back(range);
  }
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<SequenceSet::Range> merged;
  for (const auto& range : sorted) {
    if (!merged.empty() && range.first <= merged.back().last + 1)
      merged.back().last = std::max(merged.back().last, range.last);
    else
      merged.push_back(range);
  }
  return merged;
}

bool contains(const std::vector<SequenceSet::Range>& ranges, std::uint32_t number) {
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), number,
                                      [](std::uint32_t n, const auto& range) { return n < range.first; });
  return after != ranges.begin() && std::prev(after)->last >= number;
}

} // namespace homespool::server::imap
