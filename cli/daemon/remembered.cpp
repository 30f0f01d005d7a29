#include "cli/daemon/remembered.hpp"

#include "cli/daemon/daemon.hpp"

namespace homespool::cli {
namespace {

std::optional<fetcher::Failure> failure_of(const spool::AccountHealth& health) {
  const auto kind = fetcher::failure_class(health.failure_class);
  const auto step = fetcher::step(health.failure_step);
  if (!kind || !step) {
    return std::nullopt;
  }
  fetcher::Failure failure;
  failure.kind = *kind;
  failure.step = *step;
  failure.text = health.failure_text;
  failure.count = health.failure_count;
  return failure;
}

fetcher::AccountStatus remembered(const config::Account& account, const spool::AccountHealth& health) {
  fetcher::AccountStatus status;
  // No poll is under way, whatever the daemon was at when it ended.
  const bool tried = health.last_attempt.has_value();
  const bool cut_off = health.state == "polling";
  status.state = !account.enabled ? "paused" : !tried || cut_off ? "starting" : health.state;
  status.since = health.since;
  status.last_success = health.last_success;
  status.last_attempt = health.last_attempt;
  status.next_try = health.next_try;
  status.failure = failure_of(health);
  status.fetched_total = health.fetched_total;
  return status;
}

} // namespace

std::vector<fetcher::AccountStatus> remembered_accounts(const config::Settings& settings, spool::Spool& spool,
                                                        net::NetworkThreads& threads) {
  std::vector<fetcher::AccountStatus> accounts;
  for (const config::Account& account : settings.accounts) {
    const auto health = wait_for(threads, spool.account_health(account.name));
    fetcher::AccountStatus status = health ? remembered(account, *health) : fetcher::AccountStatus{};
    status.name = account.name;
    status.user = account.user;
    const auto counts = spool.ledger_counts(account.name);
    status.waiting = counts.waiting;
    status.stored = counts.stored;
    status.quarantined = counts.quarantined;
    status.too_large = counts.too_large;
    accounts.push_back(std::move(status));
  }
  return accounts;
}

} // namespace homespool::cli
