// Sequence sets of RFC 3501 ("2,4:7,9:*") as ranges. Threads: values.
#pragma once

#include <cstdint>
#include <vector>

namespace homespool::server::imap {

struct SequenceSet {
  static constexpr std::uint32_t kStar =
      0xffffffff; // "*": the largest number there is; 2^32 - 1 is never a UID
  struct Range {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    bool operator==(const Range&) const = default;
  };
  std::vector<Range> ranges; // as written; either end may be kStar

  bool operator==(const SequenceSet&) const = default;
};

// Sorted, disjoint, inclusive ranges, `*` replaced by `largest` (the number of messages, or the last UID; "*"
// in an empty mailbox names nothing). Of sequence numbers, those above `largest` are kept: the caller knows
// whether they are an error.
std::vector<SequenceSet::Range> resolve(const SequenceSet& set, std::uint32_t largest);
// `ranges` as resolve() gives them.
bool contains(const std::vector<SequenceSet::Range>& ranges, std::uint32_t number);

} // namespace homespool::server::imap
