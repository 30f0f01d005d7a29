// The life of one account: wait, poll, remember how it went, for ever.
//
// For: Fetcher, which owns one for each account. Not for: what a poll does (fetcher/poll/poll.hpp), how long
// to wait (fetcher/account/backoff.hpp). Threads: lives on one network thread; status() from any.
#pragma once

#include "fetcher/account/alarm.hpp"
#include "fetcher/account/fetch_ticket.hpp"
#include "fetcher/account/health.hpp"
#include "fetcher/account/host_breakers.hpp"
#include "fetcher/account/password_file.hpp"
#include "fetcher/poll/poll.hpp"

#include <random>

namespace homespool::fetcher {

class AccountLoop {
 public:
  struct Shared {
    spool::Spool& spool;
    net::WorkerPool& pool;
    net::WorkerPool& secrets;
    const config::CommandStop& commands;
    net::Clock& clock;
    HostBreakers& hosts;
    NetworkWatch& network;
    std::function<void()> on_network_back; // from any loop's thread
  };
  using AccountPtr = std::shared_ptr<const config::Account>;

  // `group` is of the loop's thread. `predecessor`: a loop of the same name that was told to stop; nothing is
  // done before it has ended.
  AccountLoop(AccountPtr account, const Shared& shared, net::TaskGroup& group, std::uint64_t seed,
              std::shared_ptr<AccountLoop> predecessor);

  static net::Awaitable<void> run(std::shared_ptr<AccountLoop> self);

  AccountStatus status() const;
  bool ended() const { return ended_; }

  // On the loop's thread:
  void stop();
  void change(AccountPtr account); // breaks off a poll and forgets the waits
  void fetch(std::shared_ptr<FetchTicket> ticket);
  void network_back();

 private:
  net::Awaitable<void> live();
  net::Awaitable<void> load_health();
  net::Awaitable<void> wait_until_due();
  net::Awaitable<void> poll_once();
  net::Awaitable<PollOutcome> poll_guarded();
  void plan_next(const std::optional<Failure>& failure, net::Steady::time_point started);
  void take_in(const PollOutcome& outcome, WallTime started_wall, net::Steady::time_point started);
  void tell_breakers(const PollOutcome& outcome);
  void log(const PollOutcome& outcome) const;
  void answer_tickets(const PollOutcome& outcome);
  void refuse_tickets(const std::string& why);
  void set_due(net::Steady::time_point when);
  void show(std::string_view state, WallTime since);
  void forget_waits();
  void wait_for_host();
  WallTime wall() const;
  std::string host_key() const;
  HostBreakers::Record record() const;

  const Shared shared_;
  net::TaskGroup& group_;
  std::shared_ptr<AccountLoop> predecessor_;
  AccountPtr account_;
  spool::AccountHealth health_;
  std::optional<Failure> failure_;
  std::shared_ptr<PollMemory> memory_; // of these settings: a poll that is broken off may still write to it
  PasswordFile password_file_;
  net::Steady::time_point leave_{};     // of the host's breaker, for the next poll
  bool turned_away_ = false;            // the last poll was not let in after all
  std::unique_ptr<BreakOff> break_off_; // of the poll under way
  Alarm alarm_;
  net::Steady::time_point due_{};
  std::uint32_t waits_in_a_row_ = 0; // failures since the waits were last forgotten
  std::mt19937_64 random_;
  std::vector<std::shared_ptr<FetchTicket>> tickets_;
  bool stopped_ = false;
  std::atomic<bool> ended_{false};
  std::atomic<std::uint64_t> waiting_{0};
  mutable std::mutex shown_lock_;
  AccountStatus shown_; // guarded by shown_lock_
};

} // namespace homespool::fetcher
