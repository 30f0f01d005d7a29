#include "fetcher/poll/sync_plan.hpp"

#include "fetcher/limits.hpp"

#include <algorithm>

namespace homespool::fetcher {
namespace {

using spool::LedgerEntry;
using spool::LedgerState;

constexpr std::size_t kReturnedCompared = 64;
constexpr std::size_t kMassAtLeast = 10; // known messages, before a change of most of them says anything

std::string key_of(const LedgerEntry& entry) {
  return entry_key(entry.uidl, entry.occurrence);
}

bool is_over(LedgerState state) {
  return state == LedgerState::gone || state == LedgerState::delete_sent;
}

class Planner {
 public:
  explicit Planner(const PlanInput& input) : input_(input), listed_(input.ledger.entries().size()) {}

  Plan make() {
    const std::size_t listed_known = look_at_listing();
    look_at_absent(listed_known);
    look_at_fresh();
    look_at_returned();
    std::sort(plan_.retrieve.begin(), plan_.retrieve.end());
    put_failed_last();
    return std::move(plan_);
  }

 private:
  // Returns how many listed messages are known and still count.
  std::size_t look_at_listing() {
    const Listing& listing = input_.listing;
    for (std::size_t i = 0; i < listing.size(); ++i) {
      const LedgerEntry* entry = input_.ledger.find(listing.id(i), listing[i].occurrence);
      if (entry == nullptr) {
        fresh_.push_back(i);
        continue;
      }
      listed_[static_cast<std::size_t>(entry - input_.ledger.entries().data())] = true;
      if (!is_over(entry->state)) ++known_listed_;
      take_known(i, *entry);
    }
    return known_listed_;
  }

  LedgerEntry entry_for(std::size_t i, LedgerState state) const {
    LedgerEntry entry;
    entry.uidl = input_.listing.id(i);
    entry.occurrence = input_.listing[i].occurrence;
    entry.state = state;
    entry.size = input_.listing[i].size;
    entry.first_seen = input_.now;
    return entry;
  }

  void take_new(std::size_t i) {
    if (input_.skip_all) {
      plan_.updates.push_back(entry_for(i, LedgerState::skipped));
    } else if (input_.listing[i].size > input_.largest) {
      plan_.updates.push_back(entry_for(i, LedgerState::too_large));
    } else {
      plan_.retrieve.push_back(i);
    }
  }

  // What is stored stays so if this fails; three failures put it off for a day.
  void retrieve_again(std::size_t i, const LedgerEntry& entry, bool doubtful) {
    if (input_.listing[i].size > input_.largest) return;
    const bool lately = input_.now - entry.last_try < limits::kTriesWithin;
    if (entry.tries >= limits::kTries && lately) return;
    if (entry.tries > 0) tries_.emplace(i, entry.tries);
    if (doubtful) plan_.doubtful.insert(i);
    plan_.retrieve.push_back(i);
  }
  void retrieve_and_compare(std::size_t i, const LedgerEntry& entry) { retrieve_again(i, entry, true); }

  void take_known(std::size_t i, const LedgerEntry& entry) {
    const std::uint64_t size = input_.listing[i].size;
    if (!input_.listing.has_id(i) && entry.record)
      return retrieve_and_compare(i, entry); // known by its place alone
    const bool same_size = size == 0 || entry.size == 0 || size == entry.size;
    switch (entry.state) {
    case LedgerState::stored:
      if (!same_size) return retrieve_and_compare(i, entry);
      if (input_.missing_before.contains(key_of(entry)) || input_.uncompared.contains(key_of(entry))) {
        returned_.push_back(i);
        return;
      }
      if (entry.lost) return retrieve_again(i, entry, false); // upstream is the only copy
      if (is_due(entry, input_.keep, input_.now)) plan_.remove.push_back(i);
      return;
    case LedgerState::delete_sent:
    case LedgerState::gone:
      return retrieve_and_compare(i, entry);
    case LedgerState::skipped:
    case LedgerState::quarantined:
      if (!same_size) take_new(i);
      return;
    case LedgerState::too_large:
      if (std::max(size, entry.size) <= input_.largest) plan_.retrieve.push_back(i);
      return;
    case LedgerState::listed:
      if (size > input_.largest) {
        plan_.updates.push_back(entry_for(i, LedgerState::too_large));
        return;
      }
      if (entry.tries > 0) tries_.emplace(i, entry.tries);
      plan_.retrieve.push_back(i);
      return;
    }
  }

  // A skipped message stays skipped whether it is listed or not: nothing but its id tells that it is old.
  void look_at_absent(std::size_t known_listed) {
    std::vector<const LedgerEntry*> absent;
    std::size_t known = known_listed;
    const auto& entries = input_.ledger.entries();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const LedgerEntry& entry = entries[i];
      if (listed_[i] || entry.state == LedgerState::gone) continue;
      absent.push_back(&entry);
      const bool skipped = entry.state == LedgerState::skipped;
      if (is_over(entry.state) || (skipped && input_.missing_before.contains(key_of(entry)))) continue;
      ++known;
      if (skipped) skipped_missing_.push_back(&entry);
    }
    missing_ = known - known_listed;
    plan_.mass_change = known >= kMassAtLeast && missing_ * 2 > known && fresh_.size() * 2 >= missing_;
    if (plan_.mass_change) plan_.remove.clear();
    for (const LedgerEntry* entry : absent) settle_absent(*entry);
  }

  void settle_absent(const LedgerEntry& entry) {
    const bool complete = input_.listing.complete() && !plan_.mass_change;
    std::string key = key_of(entry);
    const bool missed_before = input_.missing_before.contains(key);
    const bool settled = complete && (missed_before || entry.state == LedgerState::delete_sent);
    if (settled && entry.state != LedgerState::skipped) {
      LedgerEntry gone = entry;
      gone.state = LedgerState::gone;
      plan_.updates.push_back(std::move(gone));
    } else if (complete || missed_before) {
      plan_.missing.insert(std::move(key));
    }
  }

  void look_at_fresh() {
    const bool old_mail = plan_.mass_change && skipped_missing_.size() * 2 > missing_;
    if (old_mail) leave_renumbered();
    for (const std::size_t i : fresh_) take_new(i);
  }

  // Keeps in fresh_ what is not the old mail that was left alone, under new ids.
  void leave_renumbered() {
    std::unordered_map<std::uint64_t, std::size_t> sizes;
    for (const LedgerEntry* entry : skipped_missing_) {
      if (entry->size > 0) ++sizes[entry->size];
    }
    std::vector<std::size_t> others;
    for (const std::size_t i : fresh_) {
      const auto same = sizes.find(input_.listing[i].size);
      if (same == sizes.end() || same->second == 0) {
        others.push_back(i);
      } else {
        --same->second;
      }
    }
    const std::size_t found = fresh_.size() - others.size();
    if (found * 2 <= std::min(fresh_.size(), skipped_missing_.size())) others.clear();
    for (const std::size_t i : fresh_) {
      if (!std::binary_search(others.begin(), others.end(), i))
        plan_.updates.push_back(entry_for(i, LedgerState::skipped));
    }
    fresh_ = std::move(others);
  }

  // Ids that were missing and are there again. Of many it is the listing that was partial; a few may name new
  // messages, and are in doubt until one comparison went through.
  void look_at_returned() {
    if (returned_.size() > kReturnedCompared) return;
    for (const std::size_t i : returned_) {
      const LedgerEntry& entry = *input_.ledger.find(input_.listing.id(i), input_.listing[i].occurrence);
      if (input_.listing[i].size > input_.largest) continue; // never compared
      plan_.uncompared.insert(key_of(entry));
      retrieve_and_compare(i, entry);
    }
  }

  void put_failed_last() {
    if (tries_.empty()) return;
    const auto tries = [this](std::size_t i) {
      const auto found = tries_.find(i);
      return found == tries_.end() ? 0U : found->second;
    };
    std::stable_sort(plan_.retrieve.begin(), plan_.retrieve.end(),
                     [&](std::size_t a, std::size_t b) { return tries(a) < tries(b); });
  }

  const PlanInput& input_;
  Plan plan_;
  std::unordered_map<std::size_t, std::uint32_t> tries_;
  std::vector<std::size_t> returned_; // places
  std::vector<bool> listed_;          // by place in the ledger
  std::vector<std::size_t> fresh_;    // places of ids that are not known
  std::vector<const LedgerEntry*> skipped_missing_;
  std::size_t known_listed_ = 0, missing_ = 0;
};

} // namespace

LedgerIndex::LedgerIndex(std::vector<LedgerEntry> entries) : entries_(std::move(entries)) {
  by_key_.reserve(entries_.size());
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Key key;
    key.uidl = entries_[i].uidl;
    key.occurrence = entries_[i].occurrence;
    by_key_.emplace(key, i);
  }
}

const LedgerEntry* LedgerIndex::find(std::string_view uidl, std::uint32_t occurrence) const {
  Key key;
  key.uidl = uidl;
  key.occurrence = occurrence;
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : &entries_[found->second];
}

std::string entry_key(std::string_view uidl, std::uint32_t occurrence) {
  return std::string(uidl) + '\0' + std::to_string(occurrence);
}

bool is_due(const LedgerEntry& entry, const config::KeepUpstream& keep, std::chrono::sys_seconds now) {
  switch (keep.kind) {
  case config::KeepUpstream::Kind::forever:
    return false;
  case config::KeepUpstream::Kind::after:
    return now >= entry.stored_at + keep.after;
  case config::KeepUpstream::Kind::until_deleted:
    return entry.deleted_here;
  }
  return false;
}

Plan make_plan(const PlanInput& input) {
  return Planner(input).make();
}

LedgerEntry after_failed_try(LedgerEntry entry, std::chrono::sys_seconds now, std::string reason) {
  const bool long_ago = entry.tries > 0 && now - entry.last_try > limits::kTriesWithin;
  entry.tries = long_ago ? 1 : entry.tries + 1;
  entry.last_try = now;
  entry.reason = std::move(reason);
  if (!entry.record)
    entry.state = entry.tries >= limits::kTries ? LedgerState::quarantined : LedgerState::listed;
  return entry;
}

} // namespace homespool::fetcher
