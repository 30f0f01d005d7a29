// What others ask of an account loop, and what it shows of itself.
#include "fetcher/account/account_loop.hpp"

namespace homespool::fetcher {
void AccountLoop::stop() {
  stopped_ = true;
  if (break_off_) break_off_->now();
  alarm_.ring();
}

void AccountLoop::change(AccountPtr account) {
  account_ = std::move(account);
  memory_ = std::make_shared<PollMemory>();
  forget_waits();
  if (break_off_) break_off_->now();
  {
    const std::lock_guard guard(shown_lock_);
    shown_.user = account_->user;
  }
  set_due(shared_.clock.steady());
  show(account_->enabled ? health_.state : "paused", account_->enabled ? health_.since : wall());
  alarm_.ring();
}

void AccountLoop::fetch(std::shared_ptr<FetchTicket> ticket) {
  tickets_.push_back(std::move(ticket));
  forget_waits();
  if (break_off_) return; // a poll is under way: another one follows it
  due_ = shared_.clock.steady();
  alarm_.ring();
}

void AccountLoop::network_back() {
  if (break_off_ || !failure_ || failure_->kind != FailureClass::network) return;
  forget_waits();
  set_due(shared_.clock.steady());
  alarm_.ring();
}

void AccountLoop::set_due(net::Steady::time_point when) {
  due_ = when;
  const auto wait = std::max(when - shared_.clock.steady(), net::Steady::duration::zero());
  const auto shown = std::chrono::round<std::chrono::seconds>(shared_.clock.wall() + wait);
  health_.next_try = std::chrono::time_point_cast<std::chrono::seconds>(shown);
  const std::lock_guard guard(shown_lock_);
  shown_.next_try = account_->enabled ? health_.next_try : std::nullopt;
}

void AccountLoop::show(std::string_view state, WallTime since) {
  const std::lock_guard guard(shown_lock_);
  shown_.state = state;
  shown_.since = since;
  shown_.last_success = health_.last_success;
  shown_.last_attempt = health_.last_attempt;
  shown_.next_try = account_->enabled ? health_.next_try : std::nullopt;
  shown_.failure = account_->enabled ? failure_ : std::nullopt;
  shown_.fetched_total = health_.fetched_total;
}

AccountStatus AccountLoop::status() const {
  AccountStatus status;
  {
    const std::lock_guard guard(shown_lock_);
    status = shown_;
  }
  const spool::Spool::LedgerCounts counts = shared_.spool.ledger_counts(status.name);
  status.stored = counts.stored;
  status.quarantined = counts.quarantined;
  status.too_large = counts.too_large;
  status.waiting = std::max(counts.waiting, waiting_.load());
  return status;
}

void AccountLoop::forget_waits() {
  waits_in_a_row_ = 0;
  health_.login_failures = 0;
}

WallTime AccountLoop::wall() const {
  return std::chrono::floor<std::chrono::seconds>(shared_.clock.wall());
}

HostBreakers::Record AccountLoop::record() const {
  // Not by login_failures, which a fetch forgets.
  const bool refused = failure_ && failure_->kind == FailureClass::login;
  return refused ? HostBreakers::Record::refused : HostBreakers::Record::clean;
}

std::string AccountLoop::host_key() const {
  return account_->host + ":" + std::to_string(account_->port);
}

} // namespace homespool::fetcher
