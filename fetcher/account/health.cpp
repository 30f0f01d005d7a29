#include "fetcher/account/health.hpp"

#include <algorithm>

namespace homespool::fetcher {
namespace {

using namespace std::chrono_literals;
using spool::AccountHealth;

constexpr std::chrono::seconds kLongestWait = 24h + 24h / 10; // more is a clock that was wrong

void enter(AccountHealth& health, std::string_view state, WallTime now) {
  if (health.state == state) return;
  health.state = state;
  health.since = now;
}

} // namespace

std::string_view state_after(const std::optional<Failure>& failure) {
  if (!failure) return "ok";
  if (failure->kind == FailureClass::login) return "refused";
  return failure->pauses ? "paused" : "failing";
}

std::optional<Failure> kept_failure(const AccountHealth& health) {
  const auto kind = failure_class(health.failure_class);
  if (!kind) return std::nullopt;
  Failure failure;
  failure.kind = *kind;
  failure.step = step(health.failure_step).value_or(Step::connect);
  failure.text = health.failure_text;
  failure.count = health.failure_count;
  failure.pauses = health.state == "paused";
  return failure;
}

std::optional<Failure> note_poll(AccountHealth& health, const PollEnd& end) {
  health.last_attempt = end.started;
  health.ever_worked = health.ever_worked || end.listed;
  health.fetched_total += end.new_messages;
  enter(health, state_after(end.failure), end.ended);
  if (!end.failure) {
    health.last_success = end.ended;
    health.failure_class.clear();
    health.failure_step.clear();
    health.failure_text.clear();
    health.failure_count = 0;
    health.login_failures = 0;
    return std::nullopt;
  }
  Failure failure = *end.failure;
  health.failure_count = health.failure_class == word(failure.kind) ? health.failure_count + 1 : 1;
  if (failure.kind == FailureClass::login) ++health.login_failures;
  health.failure_class = word(failure.kind);
  health.failure_step = word(failure.step);
  health.failure_text = failure.text;
  failure.count = health.failure_count;
  return failure;
}

std::uint32_t counted_failures(const AccountHealth& health, const Failure& failure, std::uint32_t& waits) {
  waits = failure.count == 1 ? 1 : waits + 1;
  const bool new_login = failure.kind == FailureClass::login && !health.ever_worked;
  return new_login ? std::max(waits, health.login_failures) : waits;
}

WallTime first_try(const AccountHealth& health, std::chrono::seconds poll, WallTime now) {
  if (!health.last_attempt || !health.next_try) return now;
  WallTime planned = std::min(*health.next_try, now + kLongestWait);
  if (health.state == "ok")
    planned = std::min(planned, *health.last_attempt + poll); // which may be shorter now
  return std::max(planned, now);
}

} // namespace homespool::fetcher
