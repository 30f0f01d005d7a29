#include "fetcher/account/account_loop.hpp"

#include "fetcher/account/host_gate.hpp"

#include <boost/asio/error.hpp>
#include <spdlog/spdlog.h>

namespace homespool::fetcher {
namespace {

using namespace std::chrono_literals;
using net::Awaitable;

constexpr std::chrono::seconds kLookAgain = 60s; // at a password file, while the login is refused

} // namespace

AccountLoop::AccountLoop(AccountPtr account, const Shared& shared, net::TaskGroup& group, std::uint64_t seed,
                         std::shared_ptr<AccountLoop> predecessor)
    : shared_(shared), group_(group), predecessor_(std::move(predecessor)), account_(std::move(account)),
      memory_(std::make_shared<PollMemory>()), random_(seed) {
  shown_.name = account_->name;
  shown_.user = account_->user;
  shown_.since = wall();
  if (!account_->enabled) shown_.state = "paused";
}

Awaitable<void> AccountLoop::run(std::shared_ptr<AccountLoop> self) {
  co_await self->live();
  self->refuse_tickets("the account was taken out of the settings, or homespool is stopping");
  self->shared_.network.forget(self->account_->name);
  self->ended_ = true;
}

Awaitable<void> AccountLoop::live() {
  while (predecessor_ && !predecessor_->ended()) {
    co_await alarm_.sleep_until(shared_.clock, shared_.clock.steady() + 100ms);
  }
  predecessor_.reset();
  co_await load_health();
  while (!stopped_) {
    co_await wait_until_due();
    if (stopped_) break;
    if (!account_->enabled) {
      refuse_tickets({});
      due_ = net::Steady::time_point::max();
      continue;
    }
    const auto not_yet = shared_.hosts.ask(host_key(), shared_.clock.steady(), record());
    if (not_yet > not_yet.zero()) {
      set_due(shared_.clock.steady() + not_yet);
      continue;
    }
    leave_ = shared_.clock.steady();
    co_await poll_once();
  }
}

Awaitable<void> AccountLoop::load_health() {
  const auto kept = co_await shared_.spool.account_health(account_->name);
  if (kept) health_ = *kept;
  if (health_.since == WallTime{}) health_.since = wall();
  if (health_.state == "polling") health_.state = "starting";
  failure_ = kept_failure(health_);
  waits_in_a_row_ = health_.failure_count;
  const WallTime now = wall();
  // What the host refused before a restart counts as if there had been none.
  if (health_.state == "refused" && health_.last_attempt && *health_.last_attempt <= now)
    shared_.hosts.refused(host_key(), shared_.clock.steady() - (now - *health_.last_attempt));
  WallTime first = first_try(health_, account_->poll, now);
  // A password that was mended while homespool was down is tried at once.
  password_file_.note(account_->password);
  if (health_.last_attempt && PasswordFile::written_between(account_->password, *health_.last_attempt, now))
    first = now;
  if (!tickets_.empty()) first = now;
  set_due(shared_.clock.steady() + (first - shared_.clock.wall()));
  show(account_->enabled ? health_.state : "paused", health_.since);
}

Awaitable<void> AccountLoop::wait_until_due() {
  while (!stopped_ && shared_.clock.steady() < due_) {
    const bool watch_file =
        health_.state == "refused" && account_->password.kind == config::PasswordSource::Kind::file;
    const auto now = shared_.clock.steady();
    const auto until = watch_file ? std::min(due_, now + kLookAgain) : due_;
    co_await alarm_.sleep_until(shared_.clock, until);
    if (watch_file && shared_.clock.steady() < due_ && password_file_.changed(account_->password)) {
      forget_waits();
      set_due(shared_.clock.steady());
    }
  }
}

Awaitable<void> AccountLoop::poll_once() {
  for (const auto& ticket : tickets_) ticket->served = true;
  const WallTime started_wall = wall();
  const auto started = shared_.clock.steady();
  due_ = net::Steady::time_point::max();
  show("polling", started_wall);
  const AccountPtr polled = account_;
  password_file_.note(account_->password);
  const PollOutcome outcome = co_await poll_guarded();
  if (stopped_) {
    health_.fetched_total += outcome.new_messages;
    if (outcome.new_messages > 0) co_await shared_.spool.save_account_health(account_->name, health_);
    co_return;
  }
  if (polled != account_) { // changed meanwhile: this poll says nothing about the account as it is now
    for (const auto& ticket : tickets_) ticket->served = false;
    set_due(shared_.clock.steady());
    show(health_.state, health_.since);
    co_return;
  }
  if (turned_away_ && !outcome.listed) co_return wait_for_host();
  take_in(outcome, started_wall, started);
  const auto error = co_await shared_.spool.save_account_health(account_->name, health_);
  if (error) spdlog::warn("account {}: its state could not be kept: {}", account_->name, error.message());
  answer_tickets(outcome);
}

// A poll that throws is a failure like any other: the loop goes on.
Awaitable<PollOutcome> AccountLoop::poll_guarded() {
  PollOutcome outcome;
  break_off_ = std::make_unique<BreakOff>();
  const std::shared_ptr<PollMemory> memory = memory_; // change() gives the account another one
  HostGate gate(shared_.hosts, shared_.clock, *break_off_, host_key(), leave_, record());
  try {
    const PollTools tools{shared_.spool, shared_.pool,  shared_.secrets, shared_.commands,
                          group_,        shared_.clock, *memory,         *break_off_,
                          &gate,         waiting_};
    outcome = co_await poll_account(account_, !health_.ever_worked, tools);
  } catch (const boost::system::system_error& error) {
    if (stopped_) throw;
    outcome.failure = unexpected_failure(error.what());
  } catch (const std::exception& error) {
    outcome.failure = unexpected_failure(error.what());
  }
  turned_away_ = gate.turned_away();
  break_off_.reset();
  co_return outcome;
}

// Nothing was tried: it is no failure, and whoever asked for it goes on waiting.
void AccountLoop::wait_for_host() {
  for (const auto& ticket : tickets_) ticket->served = false;
  set_due(shared_.clock.steady());
  show(health_.state, health_.since);
}

void AccountLoop::take_in(const PollOutcome& outcome, WallTime started_wall,
                          net::Steady::time_point started) {
  PollEnd end;
  end.failure = outcome.failure;
  end.listed = outcome.listed;
  end.new_messages = outcome.new_messages;
  end.started = started_wall;
  end.ended = wall();
  failure_ = note_poll(health_, end);
  tell_breakers(outcome);
  plan_next(failure_, started);
  {
    const std::lock_guard guard(shown_lock_);
    shown_.malformed_listed = outcome.listed ? outcome.malformed_listed : shown_.malformed_listed;
    if (outcome.mass_change) shown_.ids_changed = end.ended;
  }
  show(health_.state, health_.since);
  log(outcome);
}

void AccountLoop::plan_next(const std::optional<Failure>& failure, net::Steady::time_point started) {
  const auto now = shared_.clock.steady();
  for (const auto& ticket : tickets_) {
    if (!ticket->served) return set_due(now);
  }
  if (!failure) {
    waits_in_a_row_ = 0;
    return set_due(std::max(started + account_->poll, now + 1s));
  }
  BackoffInput input;
  input.kind = failure->kind;
  input.failures = counted_failures(health_, *failure, waits_in_a_row_);
  input.ever_worked = health_.ever_worked;
  input.login_said_so = failure->login_said_so;
  input.suggested = failure->suggested;
  input.wait_by_code = failure->wait_by_code;
  input.random = random_();
  set_due(now + wait_before_retry(input));
}

void AccountLoop::tell_breakers(const PollOutcome& outcome) {
  const bool no_network = outcome.failure && outcome.failure->kind == FailureClass::network;
  const NetworkWatch::News news = shared_.network.note(account_->name, no_network);
  if (news == NetworkWatch::News::lost)
    spdlog::warn("no account's host can be reached: is the network down?");
  if (news == NetworkWatch::News::back && shared_.on_network_back) shared_.on_network_back();
}

void AccountLoop::log(const PollOutcome& outcome) const {
  if (outcome.mass_change) {
    spdlog::warn("account {}: most ids changed at once; what is known is told by its content",
                 account_->name);
  }
  const auto level = outcome.new_messages + outcome.deleted > 0 ? spdlog::level::info : spdlog::level::debug;
  spdlog::log(level, "account {}: {} new, {} known by their content, {} deleted upstream", account_->name,
              outcome.new_messages, outcome.duplicates, outcome.deleted);
  if (!failure_) return;
  const auto wait = std::chrono::duration_cast<std::chrono::seconds>(due_ - shared_.clock.steady());
  spdlog::warn("account {}: {} failure at {}, {} in a row, next try in {} s: {}", account_->name,
               word(failure_->kind), word(failure_->step), failure_->count, wait.count(), failure_->text);
}

void AccountLoop::answer_tickets(const PollOutcome& outcome) {
  std::vector<std::shared_ptr<FetchTicket>> later;
  for (auto& ticket : tickets_) {
    PollReport& report = ticket->so_far;
    report.new_messages += outcome.new_messages;
    report.duplicates += outcome.duplicates;
    report.deleted += outcome.deleted;
    if (!ticket->served) {
      later.push_back(std::move(ticket));
      continue;
    }
    report.name = account_->name;
    report.state = health_.state;
    report.failure = failure_;
    ticket->complete(report);
  }
  tickets_ = std::move(later);
}

// Without a reason: the account is switched off, which is no failure.
void AccountLoop::refuse_tickets(const std::string& why) {
  for (const auto& ticket : tickets_) {
    PollReport report;
    report.name = account_->name;
    report.state = "paused";
    if (!why.empty()) {
      Failure failure;
      failure.kind = FailureClass::local;
      failure.text = why;
      report.failure = failure;
    }
    ticket->complete(std::move(report));
  }
  tickets_.clear();
}

} // namespace homespool::fetcher
