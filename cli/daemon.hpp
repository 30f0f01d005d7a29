// Everything of one homespool in one process, wired: threads, spool, fetcher, servers, HTTP.
//
// For: run, demo, and the commands that work without a daemon. Not for: signals (cli/run.hpp).
// Threads: made, started, reloaded and stopped by main's thread, which runs `main_context`.
#pragma once

#include "cli/status_report.hpp"
#include "fetcher/fetcher.hpp"
#include "server/http/http.hpp"
#include "server/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/object.hpp>
#include <optional>

namespace homespool::cli {

// Why it did not start: the sentence and the exit code.
struct StartFailure {
  int exit_code = 1;
  std::string sentence;
};

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
  };
  // Opens the spool and the listeners; nothing runs yet. `on_fatal`: the spool's last word, on its writer
  // thread.
  static boost::system::result<std::unique_ptr<Daemon>, StartFailure>
  open(std::shared_ptr<const config::Settings> settings, boost::asio::io_context& main_context,
       Options options, std::function<void(std::string)> on_fatal);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  void start();
  // Reads the settings file again. The error is for a person, perhaps of several lines; nothing has changed
  // then.
  boost::system::result<void, std::string> reload();
  // Sessions are asked to end, polls are broken off, what was handed in is committed. Within `limit`, about.
  void stop(std::chrono::seconds limit);

  // The object of `status --json`.
  boost::json::object status_object();

  spool::Spool& spool() { return *spool_; }
  fetcher::Fetcher& fetcher() { return *fetcher_; }
  server::Server& server() { return *server_; }
  net::NetworkThreads& threads() { return threads_; }

 private:
  Daemon(std::shared_ptr<const config::Settings> settings, boost::asio::io_context& main_context);
  StatusReport report();
  std::vector<fetcher::AccountStatus> remembered_accounts(const config::Settings& settings);
  std::shared_ptr<const server::http::Routes> routes();
  net::Awaitable<server::http::Response> status_route(std::string path);
  net::Awaitable<server::http::Response> fetch_route(server::http::Request request);
  net::Awaitable<server::http::Response> reload_route();
  net::Awaitable<server::http::Response> ready_route();
  net::Awaitable<void> reload_on_main(std::shared_ptr<std::string> error);
  void make_users(const config::Settings& settings);

  config::Current<const config::Settings> settings_;
  boost::asio::io_context& main_context_;
  std::chrono::sys_seconds started_at_;
  net::SystemClock clock_;
  net::NetworkThreads threads_;
  net::WorkerPool workers_;
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<fetcher::Fetcher> fetcher_;
  std::unique_ptr<server::Server> server_;
  bool running_ = false;
};

} // namespace homespool::cli
