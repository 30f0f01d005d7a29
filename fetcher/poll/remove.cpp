#include "fetcher/poll/remove.hpp"

#include "fetcher/classify.hpp"
#include "fetcher/poll/committer.hpp"

namespace homespool::fetcher {
namespace {

using net::Awaitable;
using spool::LedgerEntry;
using spool::LedgerState;

// The answers to the DELEs of one window; entries of those accepted go to `accepted`.
Awaitable<Outcome> read_answers(Connection& connection, std::span<Removal> window,
                                std::vector<LedgerEntry>& accepted) {
  for (Removal& removal : window) {
    const auto answer = co_await connection.reply(Step::remove);
    if (!answer) co_return answer.error();
    if (answer->kind == Reply::Kind::err) continue; // the next poll asks again
    if (answer->kind != Reply::Kind::ok) co_return refused(Step::remove, *answer);
    accepted.push_back(std::move(removal.entry));
  }
  co_return std::nullopt;
}

Awaitable<Outcome> send_deletes(Connection& connection, std::size_t window, std::vector<Removal>& removals,
                                std::vector<LedgerEntry>& accepted) {
  for (std::size_t from = 0; from < removals.size(); from += window) {
    const std::span<Removal> now(removals.data() + from, std::min(window, removals.size() - from));
    std::string commands;
    for (const Removal& removal : now) commands += "DELE " + std::to_string(removal.number) + "\r\n";
    Outcome failure = co_await connection.send(Step::remove, std::move(commands));
    if (!failure) failure = co_await read_answers(connection, now, accepted);
    if (failure) co_return failure;
  }
  co_return std::nullopt;
}

void set_state(std::vector<LedgerEntry>& entries, LedgerState state) {
  for (LedgerEntry& entry : entries) entry.state = state;
}

} // namespace

Awaitable<RemoveResult> remove_and_quit(Connection& connection, bool pipelining, spool::Spool& spool,
                                        std::string account, std::vector<Removal> removals) {
  RemoveResult result;
  std::vector<LedgerEntry> accepted;
  const std::size_t window = pipelining ? limits::kWindowCommands : 1;
  result.failure = co_await send_deletes(connection, window, removals, accepted);
  if (result.failure) co_return result; // without QUIT nothing is deleted
  if (!accepted.empty()) {
    set_state(accepted, LedgerState::delete_sent);
    const auto error = co_await spool.update_ledger(account, accepted);
    if (error) {
      result.failure = spool_failure(Step::remove, error);
      co_return result;
    }
  }
  bool refused_by_server = false;
  const Outcome failed = co_await quit(connection, &refused_by_server);
  if (!failed) result.deleted = accepted.size();
  if (!failed || accepted.empty()) co_return result;
  result.failure = failed;
  if (refused_by_server) { // it did not delete, and said so: the next poll asks again
    set_state(accepted, LedgerState::stored);
    co_await spool.update_ledger(account, accepted);
  }
  co_return result;
}

} // namespace homespool::fetcher
