// A set of UIDs as sorted, disjoint, inclusive ranges: what commands name and what COPYUID and EXPUNGE tell.
// Threads: values.
#pragma once

#include "spool/ids.hpp"

#include <string>
#include <vector>

namespace homespool::spool {

class UidSet {
 public:
  struct Range {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    bool operator==(const Range&) const = default;
  };

  // Any order; ranges merge. Amortised constant when called in rising order.
  void add(Uid uid) { add(uid, uid); }
  void add(Uid first, Uid last);
  bool contains(Uid uid) const;
  bool empty() const { return ranges_.empty(); }
  std::uint64_t count() const;
  const std::vector<Range>& ranges() const { return ranges_; }
  // "1:3,7"
  std::string text() const;
  bool operator==(const UidSet&) const = default;

 private:
  std::vector<Range> ranges_;
};

} // namespace homespool::spool
