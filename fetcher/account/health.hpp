// How an account fares, poll by poll: its state, since when, the failure in a row, the next try.
//
// Kept by the spool as spool::AccountHealth, so that a restart neither hammers nor forgets. Not for: waiting.
// Threads: pure functions of values.
#pragma once

#include "fetcher/account/backoff.hpp"
#include "fetcher/failure.hpp"
#include "spool/ledger.hpp"

namespace homespool::fetcher {

using WallTime = std::chrono::sys_seconds;

// "ok", "failing", "refused" or "paused".
std::string_view state_after(const std::optional<Failure>& failure);

// The failure as it was kept; nothing when the account was well.
std::optional<Failure> kept_failure(const spool::AccountHealth& health);

struct PollEnd {
  std::optional<Failure> failure;
  bool listed = false; // got as far as a listing
  std::uint64_t new_messages = 0;
  WallTime started{}, ended{};
};
// Takes the end of a poll in; returns the failure with its count, ready to be shown.
std::optional<Failure> note_poll(spool::AccountHealth& health, const PollEnd& end);

// How many failures lengthen the wait after this one. `waits`, kept by the account's loop, counts those of
// one class since the waits were last forgotten. The tries of a login that never worked count whatever came
// between them.
std::uint32_t counted_failures(const spool::AccountHealth& health, const Failure& failure,
                               std::uint32_t& waits);

// When to try after a restart: when it was to be tried anyway, or at once if that is past.
WallTime first_try(const spool::AccountHealth& health, std::chrono::seconds poll, WallTime now);

} // namespace homespool::fetcher
