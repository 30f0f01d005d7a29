// What happens to deleted messages after undelete_for: their rows go, records that nothing names any more are
// given up, and the ledger forgets what is long gone upstream.
//
// The ledger goes on knowing a given-up record as long as an entry names it (table `expired`), so that a
// message is not fetched again, and is still deleted upstream by the account's rule. In small steps. Threads:
// the writer's, within its transaction.
#pragma once

#include "spool/store/books.hpp"

namespace homespool::spool {

// What was deleted at this time or before is over (`undelete_for` ago).
std::chrono::sys_seconds over_since(Books& books);

// An entry that is gone upstream is remembered this long, for providers that show it again.
inline constexpr std::chrono::hours kGoneRemembered{24 * 180};

// Each handles at most `limit` rows and returns how many it found. `needed_since`: what was deleted from then
// on is being read still.
std::size_t expire_deleted(Books& books, std::optional<std::chrono::sys_seconds> needed_since,
                           std::size_t limit);
std::size_t forget_gone_entries(Books& books, std::size_t limit);

} // namespace homespool::spool
