// What the daemon tells about itself: the object of `status --json` and /api/status, the lines of `status`,
// the metrics, and the page for people. One gathering of facts, several renderings.
//
// Threads: gather() from any thread; the renderings are pure.
#pragma once

#include "fetcher/fetcher.hpp"
#include "server/server.hpp"
#include "spool/spool.hpp"

#include <boost/json/object.hpp>
#include <string>

namespace homespool::cli {

struct StatusReport {
  std::string version;
  std::optional<std::chrono::sys_seconds> started; // absent: no daemon runs
  std::vector<fetcher::AccountStatus> accounts;
  spool::SpoolStatus spool;
  std::vector<std::string> findings; // what was wrong with the spool's files, the newest last
  struct Client {
    std::string login, user;
    bool deleter = false;
    std::optional<spool::ClientSeen> seen;
  };
  std::vector<Client> clients;
  std::size_t pop3_sessions = 0, imap_sessions = 0;

  // "ok", "degraded" when an account fails or the disk is short of space, "stopped" when no daemon runs.
  std::string state() const;
};

StatusReport gather(std::chrono::sys_seconds started, const config::Settings& settings,
                    const fetcher::Fetcher& fetcher, spool::Spool& spool,
                    const server::SessionRegistry* sessions);

// An object, or null when there is none.
boost::json::value failure_json(const std::optional<fetcher::Failure>& failure);
boost::json::object status_json(const StatusReport& report);
std::string metrics_text(const StatusReport& report); // Prometheus text format 0.0.4
std::string status_page(const StatusReport& report);  // HTML
// The object of status_json (of a daemon, perhaps of another version) for a terminal.
std::string status_lines(const boost::json::object& status);

} // namespace homespool::cli
