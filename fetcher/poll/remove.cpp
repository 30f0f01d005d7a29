#include "fetcher/poll/remove.hpp"

#include "fetcher/classify.hpp"
#include "fetcher/limits.hpp"
#include "fetcher/poll/committer.hpp"
#include "net/peer_text.hpp"
#include "spool/error.hpp"

#include <spdlog/spdlog.h>

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

using Found = std::vector<boost::system::error_code>;

// How reading each of them went.
Found look_at(spool::Spool& spool, const std::vector<spool::RecordId>& records) {
  const auto reader = spool.make_reader();
  Found found;
  for (const spool::RecordId record : records) found.push_back(reader->check(record));
  return found;
}

// Leaves those whose bytes are whole here, or were given up.
Awaitable<void> keep_readable(RemoveTools tools, const std::string& account, std::vector<Removal>& window) {
  std::vector<spool::RecordId> records;
  for (const Removal& removal : window) {
    if (!removal.seen && removal.entry.record) records.push_back(*removal.entry.record);
  }
  if (records.empty()) co_return;
  std::function<Found()> work = [spool = &tools.spool, records] { return look_at(*spool, records); };
  const Found found = co_await net::run_on<Found>(tools.pool, std::move(work));
  std::size_t next = 0;
  std::erase_if(window, [&](const Removal& removal) {
    if (removal.seen || !removal.entry.record) return false;
    const auto& error = found[next++];
    if (!error || error == spool::Error::no_such_message) return false;
    spdlog::warn("account {}: message {} stays upstream, as it cannot be read here: {}", account,
                 net::peer_text(removal.entry.uidl, limits::kLoggedId), error.message());
    return true;
  });
}

Awaitable<Outcome> send_deletes(RemoveTools tools, const std::string& account, std::vector<Removal> removals,
                                std::vector<LedgerEntry>& accepted) {
  const std::size_t most = tools.pipelining ? limits::kWindowCommands : 1;
  for (std::size_t from = 0; from < removals.size(); from += most) {
    const auto begin = removals.begin() + static_cast<std::ptrdiff_t>(from);
    const auto size = static_cast<std::ptrdiff_t>(std::min(most, removals.size() - from));
    std::vector<Removal> window(std::make_move_iterator(begin), std::make_move_iterator(begin + size));
    co_await keep_readable(tools, account, window);
    if (window.empty()) continue;
    std::string commands;
    for (const Removal& removal : window) commands += "DELE " + std::to_string(removal.number) + "\r\n";
    Outcome failure = co_await tools.connection.send(Step::remove, std::move(commands));
    if (!failure) failure = co_await read_answers(tools.connection, window, accepted);
    if (failure) co_return failure;
  }
  co_return std::nullopt;
}

void set_state(std::vector<LedgerEntry>& entries, LedgerState state) {
  for (LedgerEntry& entry : entries) entry.state = state;
}

} // namespace

Awaitable<RemoveResult> remove_and_quit(RemoveTools tools, std::string account,
                                        std::vector<Removal> removals) {
  RemoveResult result;
  std::vector<LedgerEntry> accepted;
  result.failure = co_await send_deletes(tools, account, std::move(removals), accepted);
  if (result.failure) co_return result; // without QUIT nothing is deleted
  if (!accepted.empty()) {
    set_state(accepted, LedgerState::delete_sent);
    const auto error = co_await tools.spool.update_ledger(account, accepted);
    if (error) {
      result.failure = spool_failure(Step::remove, error);
      co_return result;
    }
  }
  bool refused_by_server = false;
  const Outcome failed = co_await quit(tools.connection, &refused_by_server);
  if (!failed) result.deleted = accepted.size();
  if (!failed || accepted.empty()) co_return result;
  result.failure = failed;
  if (refused_by_server) { // it did not delete, and said so: the next poll asks again
    set_state(accepted, LedgerState::stored);
    co_await tools.spool.update_ledger(account, accepted);
  }
  co_return result;
}

} // namespace homespool::fetcher
