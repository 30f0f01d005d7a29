// Everything of one homespool in one process, wired: threads, spool, fetcher, servers, HTTP.
//
// For: run, demo, and the commands that work without a daemon. Not for: signals (cli/command/run.hpp), what
// HTTP answers (cli/daemon/routes.hpp).
// Threads: made, started and stopped by main's thread; what may be called from others says so.
#pragma once

#include "cli/daemon/rebuilds.hpp"
#include "cli/daemon/status_report.hpp"
#include "cli/exit_codes.hpp"
#include "fetcher/fetcher.hpp"
#include "server/server.hpp"

#include <boost/asio/use_future.hpp>
#include <deque>
#include <mutex>

namespace homespool::cli {

// Ends a coroutine's work while the network threads run: waits on the caller's thread. Never call it on a
// network thread.
template <class T>
T wait_for(net::NetworkThreads& threads, net::Awaitable<T> work) {
  return boost::asio::co_spawn(threads.context(0), std::move(work), boost::asio::use_future).get();
}

class Daemon {
 public:
  struct Options {
    bool serve = true; // else only spool and fetcher: for one-off commands
    // Who ends this daemon when its index is to be made again; null: it goes on.
    std::shared_ptr<Rebuilds> rebuilds = nullptr;
    std::function<void()> on_rebuilding = [] {}; // as spool::OpenOptions has it
  };
  // Opens the spool and the listeners; nothing runs yet. `on_fatal`: the spool's last word, on its writer
  // thread.
  static boost::system::result<std::unique_ptr<Daemon>, Fault>
  open(std::shared_ptr<const config::Settings> settings, Options options,
       std::function<void(std::string)> on_fatal);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  void start();
  // Reads the settings file again, and logs what came of it. After a fault (perhaps of several lines) nothing
  // has changed. Blocks; from main's thread or a worker.
  boost::system::result<void, Fault> reload();
  // Sessions are asked to end, polls are broken off, what was handed in is committed. Within `limit`, about.
  void stop(std::chrono::seconds limit);

  // What `status` tells; from any thread, but while nothing runs (not started) not from a network thread.
  StatusReport report();

  std::shared_ptr<const config::Settings> settings() const { return settings_.get(); }
  spool::Spool& spool() { return *spool_; }
  fetcher::Fetcher& fetcher() { return *fetcher_; }
  server::Server& server() { return *server_; }
  net::NetworkThreads& threads() { return threads_; }
  net::WorkerPool& workers() { return workers_; }
  // For long work that nobody's login should wait for.
  net::WorkerPool& chores() { return chores_; }
  net::Clock& clock() { return clock_; }
  const std::shared_ptr<Rebuilds>& rebuilds() const { return rebuilds_; }

 private:
  explicit Daemon(std::shared_ptr<const config::Settings> settings);
  boost::system::result<void, Fault> open_spool(std::function<void(std::string)> on_fatal,
                                                std::function<void()> on_rebuilding);
  boost::system::result<void, Fault> open_server();
  boost::system::result<void, Fault> take(std::shared_ptr<const config::Settings> settings);
  void make_users(const config::Settings& settings);
  void note_finding(std::string sentence); // from any thread

  config::Current<const config::Settings> settings_;
  net::SystemClock clock_;
  std::chrono::sys_seconds started_at_;
  net::NetworkThreads threads_;
  net::WorkerPool workers_;
  net::WorkerPool chores_{1};
  std::mutex findings_mutex_;
  std::deque<std::string> findings_; // each once, the newest last
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<fetcher::Fetcher> fetcher_;
  std::unique_ptr<server::Server> server_;
  std::shared_ptr<Rebuilds> rebuilds_;
  std::mutex changing_; // one reload or stop at a time
  std::atomic<bool> running_{false};
};

} // namespace homespool::cli
