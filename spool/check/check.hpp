// Checks a spool: that the index is whole and agrees with itself and with the packs, that each record lies
// where the index says; a deep check also reads every byte and parses every message again.
//
// In steps, so that a check of a running spool holds up nobody: each step reads some hundred records (deep: a
// few megabytes) through a read-only connection of its own, in one read transaction, and says where to go on.
// Nothing is written, made or locked, but for a pin that keeps packs from being removed during a step.
// Threads: any; a step blocks for about a tenth of a second, the one over the index's pages longer.
#pragma once

#include "spool/check/finding.hpp"
#include "spool/pack/pack.hpp"

#include <filesystem>
#include <functional>

namespace homespool::spool {

enum class CheckStage { pages, counters, messages, records, age, done };

// Where a check goes on. Whoever keeps it need not understand it.
struct CheckPlace {
  CheckStage stage = CheckStage::pages;
  std::int64_t first = 0, second = 0; // the last row that was looked at
  std::uint64_t seen = 0, total = 0;  // of this stage
};

struct CheckStep {
  std::vector<Finding> findings;
  CheckPlace next;
};

// Where index and packs lie; they need not be there.
struct CheckedFiles {
  std::filesystem::path index;
  std::filesystem::path packs;
  bool in_use = false; // by this process: the packs must hold what a start would write into them again
};
CheckedFiles files_of(const std::filesystem::path& spool);

// Which records are read whole.
using Deep = std::function<bool(const Location&)>;
CheckStep check_some(const CheckedFiles& files, const CheckPlace& from, const Deep& deep);
// Of a spool that no daemon has: also, at CheckStage::age, whether commits are lost that were promised.
CheckStep check_some(const std::filesystem::path& spool, const CheckPlace& from, bool deep);

const char* name_of(CheckStage stage); // for a person: "index pages"

} // namespace homespool::spool
