#include "cli/daemon/status_report.hpp"

#include "mail/date.hpp"

#include <boost/json/array.hpp>

namespace homespool::cli {
namespace {

namespace json = boost::json;

json::value time_or_null(const std::optional<std::chrono::sys_seconds>& time) {
  if (!time) {
    return nullptr;
  }
  return json::string(mail::format_rfc3339(*time));
}

json::object account_json(const fetcher::AccountStatus& account) {
  json::object object;
  object["name"] = account.name;
  object["user"] = account.user;
  object["state"] = account.state;
  const bool known = account.since != std::chrono::sys_seconds{}; // else never tried
  object["since"] = time_or_null(known ? std::optional(account.since) : std::nullopt);
  object["last_success"] = time_or_null(account.last_success);
  object["last_attempt"] = time_or_null(account.last_attempt);
  object["next_try"] = time_or_null(account.next_try);
  object["failure"] = failure_json(account.failure);
  object["waiting"] = account.waiting;
  object["stored"] = account.stored;
  object["quarantined"] = account.quarantined;
  object["too_large"] = account.too_large;
  object["fetched_total"] = account.fetched_total;
  object["malformed_listed"] = account.malformed_listed;
  object["ids_changed"] = time_or_null(account.ids_changed);
  return object;
}

json::object client_json(const StatusReport::Client& client) {
  json::object object;
  object["login"] = client.login;
  object["user"] = client.user;
  object["deleter"] = client.deleter;
  object["last_seen"] = nullptr;
  object["protocol"] = nullptr;
  object["hidden_deletes"] = 0;
  object["refused_deletes"] = 0;
  if (client.seen) {
    if (!client.seen->protocol.empty()) {
      object["last_seen"] = mail::format_rfc3339(client.seen->last_seen);
      object["protocol"] = client.seen->protocol;
    }
    object["hidden_deletes"] = client.seen->hidden_deletes;
    object["refused_deletes"] = client.seen->refused_deletes;
  }
  return object;
}

// Nothing can be fetched, whatever the last poll gave.
void show_paused(fetcher::AccountStatus& account) {
  if (account.state != "ok") {
    return;
  }
  account.state = "paused";
  account.failure = fetcher::Failure{};
  account.failure->kind = fetcher::FailureClass::local;
  account.failure->step = fetcher::Step::retrieve;
  account.failure->text = fetcher::kNoRoom;
  account.failure->pauses = true;
}

} // namespace

json::value failure_json(const std::optional<fetcher::Failure>& failure) {
  if (!failure) {
    return nullptr;
  }
  json::object object;
  object["class"] = std::string(fetcher::word(failure->kind));
  object["step"] = std::string(fetcher::word(failure->step));
  object["text"] = failure->text;
  object["count"] = failure->count;
  return object;
}

std::string StatusReport::state() const {
  if (!started) {
    return "stopped";
  }
  const bool failing =
      std::any_of(accounts.begin(), accounts.end(), [](const fetcher::AccountStatus& account) {
        return account.failure.has_value(); // while it is polled too
      });
  return failing || spool.low_space || spool.damaged != 0 ? "degraded" : "ok";
}

StatusReport gather(std::chrono::sys_seconds started, const config::Settings& settings,
                    const fetcher::Fetcher& fetcher, spool::Spool& spool,
                    const server::SessionRegistry* sessions) {
  StatusReport report;
  report.version = HOMESPOOL_VERSION;
  report.started = started;
  report.accounts = fetcher.status();
  report.spool = spool.status();
  if (report.spool.low_space) {
    std::for_each(report.accounts.begin(), report.accounts.end(), show_paused);
  }
  const auto seen = spool.clients();
  for (const config::User& user : settings.users) {
    for (const config::Client& client : user.clients) {
      StatusReport::Client entry{client.login, user.name, client.may_delete, std::nullopt};
      const auto found =
          std::find_if(seen.begin(), seen.end(), [&](const auto& s) { return s.login == client.login; });
      if (found != seen.end()) {
        entry.seen = *found;
      }
      report.clients.push_back(std::move(entry));
    }
  }
  if (sessions != nullptr) {
    report.pop3_sessions = sessions->count(server::Protocol::pop3);
    report.imap_sessions = sessions->count(server::Protocol::imap);
  }
  return report;
}

json::object status_json(const StatusReport& report) {
  json::object object;
  object["version"] = report.version;
  object["started"] = time_or_null(report.started);
  object["state"] = report.state();
  json::array accounts;
  for (const auto& account : report.accounts) {
    accounts.push_back(account_json(account));
  }
  object["accounts"] = std::move(accounts);
  json::object spool;
  spool["state"] = report.spool.low_space ? "low_space" : "ok";
  spool["messages"] = report.spool.messages;
  spool["bytes"] = report.spool.bytes;
  spool["damaged"] = report.spool.damaged;
  spool["free_bytes"] = report.spool.free_bytes;
  spool["search"] = report.spool.search_ready ? "ready" : "indexing";
  spool["findings"] = json::array(report.findings.begin(), report.findings.end());
  object["spool"] = std::move(spool);
  json::array clients;
  for (const auto& client : report.clients) {
    clients.push_back(client_json(client));
  }
  object["clients"] = std::move(clients);
  return object;
}

} // namespace homespool::cli
