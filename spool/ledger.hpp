// The ledger: what the index remembers about each message of each account upstream.
//
// The key is (account, UIDL bytes, occurrence): a UIDL that stands twice in one listing is two entries, told
// apart by their order. Threads: values; kept by the writer.
#pragma once

#include "spool/ids.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace homespool::spool {

enum class LedgerState : std::uint8_t {
  listed,      // seen, not stored yet; tries counts the failures
  stored,      // here
  delete_sent, // DELE was sent; a later complete listing settles it
  gone, // no longer upstream; kept so that a provider that shows it again is known (pruned after a while)
  quarantined, // three tries failed
  too_large,   // larger than the account's limit: stays upstream
  skipped,     // lay there before first_fetch: new
};

struct LedgerEntry {
  std::string uidl;
  std::uint32_t occurrence = 0;
  LedgerState state = LedgerState::listed;
  std::uint64_t size = 0;                // as the provider listed it
  std::optional<RecordId> record;        // when stored
  std::chrono::sys_seconds first_seen{}; // in a listing
  std::chrono::sys_seconds stored_at{};
  std::uint32_t tries = 0; // failures so far
  std::chrono::sys_seconds last_try{};
  std::string reason;        // of the last failure, escaped and cut
  bool deleted_here = false; // by the deleter; filled in when the ledger is read
  bool lost = false;         // its bytes here are damaged or gone, and were not given up; filled in likewise
};

// Whether a provider lists this entry now, and surely means the same message by it as before.
using StillListed = std::function<bool(std::string_view uidl, std::uint32_t occurrence)>;

// How an account fares; kept so that a restart neither hammers nor forgets. Times are wall time.
struct AccountHealth {
  bool ever_worked = false;
  std::string state = "starting"; // the word of status
  std::chrono::sys_seconds since{};
  std::optional<std::chrono::sys_seconds> last_success, last_attempt, next_try;
  std::string failure_class, failure_step, failure_text; // empty: none
  std::uint32_t failure_count = 0;
  std::uint32_t login_failures = 0;
  std::uint64_t fetched_total = 0;
};

} // namespace homespool::spool
