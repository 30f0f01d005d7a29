// Deletes messages upstream that are safely here: DELE ahead of the answers, the ledger's note, then QUIT.
//
// What was stored in an earlier poll is read here once more before its DELE: upstream may be the last copy.
// The deletion takes effect at QUIT only (RFC 1939 section 6); what came of it a later listing tells.
// Threads: the connection's.
#pragma once

#include "fetcher/poll/sync_plan.hpp"
#include "fetcher/pop3/conversation.hpp"
#include "net/threads.hpp"
#include "spool/spool.hpp"

namespace homespool::fetcher {

// A stored message to delete, with its ledger entry as it is now.
struct Removal {
  std::uint32_t number = 0;
  spool::LedgerEntry entry;
  bool seen = false; // its bytes were written or compared just now
};

struct RemoveTools {
  Connection& connection;
  bool pipelining = false;
  spool::Spool& spool;
  net::WorkerPool& pool;
};

struct RemoveResult {
  std::optional<Failure> failure;
  std::uint64_t deleted = 0; // accepted by the server, QUIT included
};

// Ends with QUIT also when there is nothing to remove. Trouble at QUIT is a failure only if something was
// removed.
net::Awaitable<RemoveResult> remove_and_quit(RemoveTools tools, std::string account,
                                             std::vector<Removal> removals);

} // namespace homespool::fetcher
