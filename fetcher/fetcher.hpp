// Collects mail from every account: one loop per account, spread over the network threads, for as long as the
// daemon runs. Loops share nothing but the spool and the breakers for hosts: one account never holds up
// another.
//
// Threads: made, started, reloaded and stopped by one thread (main or a network thread), one call at a time;
// status() from any thread; fetch_now() and probe() are awaited on a network thread.
#pragma once

#include "config/settings.hpp"
#include "fetcher/failure.hpp"
#include "net/clock.hpp"
#include "net/threads.hpp"
#include "spool/spool.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace homespool::fetcher {

// What `status` tells about an account.
struct AccountStatus {
  std::string name;
  std::string user;
  std::string state = "starting"; // ok, polling, starting, failing, refused, paused
  std::chrono::sys_seconds since{};
  std::optional<std::chrono::sys_seconds> last_success, last_attempt, next_try;
  std::optional<Failure> failure; // absent when the state is ok
  std::uint64_t waiting = 0;      // listed upstream, to be fetched
  std::uint64_t stored = 0, quarantined = 0, too_large = 0;
  std::uint64_t fetched_total = 0;                     // messages stored since the account exists
  std::optional<std::chrono::sys_seconds> ids_changed; // when most ids were found to have changed at once
  std::uint64_t malformed_listed = 0;                  // lines of the last listing that could not be used
};

// What one poll brought.
struct PollReport {
  std::string name;
  std::string state;
  std::uint64_t new_messages = 0, duplicates = 0, deleted = 0; // deleted upstream
  std::optional<Failure> failure;
};

class Fetcher {
 public:
  // All of these outlive the fetcher. `seed` is for the jitter of waits.
  Fetcher(net::NetworkThreads& threads, net::WorkerPool& pool, spool::Spool& spool, net::Clock& clock,
          std::uint64_t seed);
  // stop() must have returned if start() was called.
  ~Fetcher();
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  void start(std::shared_ptr<const config::Settings> settings);
  // Adds, changes and removes loops; accounts that did not change are left alone. A changed account forgets
  // its waits. A poll of a removed or changed account that is under way is broken off.
  void reload(std::shared_ptr<const config::Settings> settings);

  // Polls these accounts (none named: all that are enabled) now and waits for the end. Waits are forgotten,
  // but an account that its host refused logs in at most once a minute (the others of that host too, when it
  // refused several in a row). A poll under way is waited for and counted in. The error is a sentence that
  // names an unknown account.
  net::Awaitable<boost::system::result<std::vector<PollReport>, std::string>>
  fetch_now(std::vector<std::string> names);

  // In the order of the settings.
  std::vector<AccountStatus> status() const;

  // Breaks off polls (what was retrieved and not committed is fetched again), and waits for
  // commits; near `limit` what is left is cut off. All has ended when it returns, which a disk that stands
  // still can hold up. To be called on a thread that is none of the network threads.
  void stop(std::chrono::milliseconds limit);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Logs in once as the account says and out again, touching nothing: for `check-config --probe`. Absent: it
// went well.
net::Awaitable<std::optional<Failure>> probe(config::Account account, net::WorkerPool& pool,
                                             net::Clock& clock);

} // namespace homespool::fetcher
