#include "spool/uid_set.hpp"

#include <algorithm>

namespace homespool::spool {

void UidSet::add(Uid first, Uid last) {
  Range range{std::min(first.value, last.value), std::max(first.value, last.value)};
  // The first range that touches the new one: everything before ends at least two below it.
  auto at = ranges_.end();
  if (!ranges_.empty() && std::uint64_t{ranges_.back().last} + 1 >= range.first) {
    at = std::partition_point(ranges_.begin(), ranges_.end(),
                              [&range](const Range& r) { return std::uint64_t{r.last} + 1 < range.first; });
  }
  auto behind = at;
  while (behind != ranges_.end() && behind->first <= std::uint64_t{range.last} + 1) {
    range.first = std::min(range.first, behind->first);
    range.last = std::max(range.last, behind->last);
    ++behind;
  }
  if (at == behind) {
    ranges_.insert(at, range);
    return;
  }
  *at = range;
  ranges_.erase(at + 1, behind);
}

bool UidSet::contains(Uid uid) const {
  const auto at = std::partition_point(ranges_.begin(), ranges_.end(),
                                       [uid](const Range& r) { return r.last < uid.value; });
  return at != ranges_.end() && at->first <= uid.value;
}

std::uint64_t UidSet::count() const {
  std::uint64_t count = 0;
  for (const Range& range : ranges_) count += std::uint64_t{range.last} - range.first + 1;
  return count;
}

std::string UidSet::text() const {
  std::string text;
  for (const Range& range : ranges_) {
    if (!text.empty()) text += ',';
    text += std::to_string(range.first);
    if (range.last != range.first) text.append(":").append(std::to_string(range.last));
  }
  return text;
}

} // namespace homespool::spool
