// One poll of an account: log in, list, plan, retrieve, commit, delete, leave.
//
// The order is the promise: DELE only for what the ledger has as stored, QUIT only when all that was
// retrieved is committed (a clean QUIT after RETR tells some servers that the mail is collected), else the
// line is dropped. Not for: when to poll again (fetcher/account/account_loop.hpp). Threads: one network
// thread.
#pragma once

#include "fetcher/poll/committer.hpp"
#include "fetcher/poll/session.hpp"
#include "fetcher/poll/sync_plan.hpp"

#include <atomic>

namespace homespool::fetcher {

// What an account's polls tell one another.
struct PollMemory {
  ServerMemory server;
  EntryKeys missing;
  EntryKeys uncompared;               // see Plan
  bool mass_change = false;           // in the last poll
  std::uint32_t ids_refused = 0;      // UIDL was, in polls in a row
  std::uint32_t partial_listings = 0; // where a first one was waited for
};

struct PollTools {
  spool::Spool& spool;
  net::WorkerPool& pool;    // for messages
  net::WorkerPool& secrets; // for passwords and certificates: a command may hang
  const config::CommandStop& commands;
  net::TaskGroup& group;
  net::Clock& clock;
  PollMemory& memory;
  BreakOff& break_off;
  LoginGate* gate;                     // see SessionTools
  std::atomic<std::uint64_t>& waiting; // listed and still to be fetched, while the poll runs and after it
};

struct PollOutcome {
  std::optional<Failure> failure;
  bool listed = false; // a listing was read and planned
  bool mass_change = false;
  std::uint64_t new_messages = 0, duplicates = 0, deleted = 0;
  std::uint64_t failed_messages = 0;
  std::uint64_t malformed_listed = 0;
};

// `first`: no listing of this account was ever settled.
net::Awaitable<PollOutcome> poll_account(std::shared_ptr<const config::Account> account, bool first,
                                         PollTools tools);

} // namespace homespool::fetcher
