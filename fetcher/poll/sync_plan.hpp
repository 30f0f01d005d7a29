// What to do with a listing: which messages to retrieve, which to delete upstream, what the ledger learns.
//
// The rules. An id that is known, with the size it had, is that message. A known id with another size, or one
// that was deleted or gone and is there again, may name a new message: it is retrieved and compared by
// content. What is stored and was lost here is retrieved again. Only what the ledger has as stored is
// deleted. Absence from one listing proves nothing: an entry is gone after it was missing from two complete
// listings in a row; after a DELE one is enough. When most ids change at once and those that are missing were
// left alone by `first_fetch: new`, the new ids are that old mail: sizes tell it from mail that is really
// new, and where they changed too all of it is left alone. Not for: doing any of it (fetcher/poll/poll.hpp).
// Threads: pure functions of values.
#pragma once

#include "config/settings.hpp"
#include "fetcher/pop3/listing.hpp"
#include "spool/ledger.hpp"

#include <chrono>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace homespool::fetcher {

// The ledger of an account by (id, occurrence).
class LedgerIndex {
 public:
  explicit LedgerIndex(std::vector<spool::LedgerEntry> entries);
  LedgerIndex(LedgerIndex&&) = default;

  const spool::LedgerEntry* find(std::string_view uidl, std::uint32_t occurrence) const;
  const std::vector<spool::LedgerEntry>& entries() const { return entries_; }

 private:
  struct Key {
    std::string_view uidl;
    std::uint32_t occurrence = 0;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<std::string_view>{}(key.uidl) + key.occurrence * 0x9E3779B97F4A7C15U;
    }
  };
  std::vector<spool::LedgerEntry> entries_;
  std::unordered_map<Key, std::size_t, Hash> by_key_;
};

// Entries by a key of their own; kept in memory between polls.
using EntryKeys = std::unordered_set<std::string>;
std::string entry_key(std::string_view uidl, std::uint32_t occurrence);

struct PlanInput {
  const Listing& listing;
  const LedgerIndex& ledger;
  const EntryKeys& missing_before; // from the last complete listing
  const EntryKeys& uncompared;     // see Plan
  config::KeepUpstream keep;
  std::uint64_t largest = 0;
  bool skip_all = false; // the very first listing of an account with first_fetch: new
  std::chrono::sys_seconds now{};
};

struct Plan {
  std::vector<std::size_t>
      retrieve;                    // places in the listing: oldest first, those that failed before at the end
  std::vector<std::size_t> remove; // places in the listing: stored, unchanged, and due
  std::vector<spool::LedgerEntry> updates;  // gone, too_large, skipped
  std::unordered_set<std::size_t> doubtful; // of those to retrieve: known, but may be new messages now
  EntryKeys missing;                        // for the next poll
  EntryKeys uncompared;     // were missing and are there again: not trusted until they were compared
  bool mass_change = false; // most known ids are missing and as many new ones are there: nothing known is
                            // deleted or given up
};

// Whether what is stored has lain upstream long enough.
bool is_due(const spool::LedgerEntry& entry, const config::KeepUpstream& keep, std::chrono::sys_seconds now);

Plan make_plan(const PlanInput& input);

// The entry after one more failure to retrieve: quarantined once it has failed three times within a day.
spool::LedgerEntry after_failed_try(spool::LedgerEntry entry, std::chrono::sys_seconds now,
                                    std::string reason);

} // namespace homespool::fetcher
