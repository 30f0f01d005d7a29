#include "cli/ask.hpp"

#include "cli/control_client.hpp"
#include "cli/daemon.hpp"
#include "cli/exit_codes.hpp"
#include "cli/fetch_report.hpp"
#include "cli/logging.hpp"
#include "cli/settings_or_complain.hpp"
#include "cli/status_report.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

namespace homespool::cli {
namespace {

int complain(const std::string& sentence, int exit_code) {
  std::cerr << "homespool: " << sentence;
  if (sentence.empty() || sentence.back() != '\n') {
    std::cerr << "\n";
  }
  return exit_code;
}

int print_status(const boost::json::object& status, bool json) {
  std::cout << (json ? boost::json::serialize(status) + "\n" : status_lines(status));
  return kExitDone;
}

int print_reports(const boost::json::array& reports, bool json) {
  std::cout << (json ? boost::json::serialize(reports) + "\n" : fetch_lines(reports));
  return any_failed(reports) ? kExitFailed : kExitDone;
}

// The spool and the fetcher without servers, when no daemon runs.
class Alone {
 public:
  explicit Alone(std::shared_ptr<const config::Settings> settings)
      : daemon_(Daemon::open(
            std::move(settings), context_, Daemon::Options{false},
            [](const std::string& sentence) { std::cerr << "homespool: " << sentence << "\n"; })) {}
  bool failed() const { return daemon_.has_error(); }
  StartFailure failure() const { return daemon_.error(); }
  Daemon& daemon() { return **daemon_; }

 private:
  boost::asio::io_context context_;
  boost::system::result<std::unique_ptr<Daemon>, StartFailure> daemon_;
};

// The settings for this one run: only the accounts that were named.
std::shared_ptr<const config::Settings> only(const config::Settings& settings,
                                             const std::vector<std::string>& accounts) {
  auto narrowed = std::make_shared<config::Settings>(settings);
  narrowed->log.level = config::LogLevel::warning;
  if (!accounts.empty()) {
    std::erase_if(narrowed->accounts, [&](const config::Account& account) {
      return std::find(accounts.begin(), accounts.end(), account.name) == accounts.end();
    });
  }
  return narrowed;
}

} // namespace

int status(const std::filesystem::path& settings_file, bool json) {
  const auto settings = settings_or_complain(settings_file);
  if (!settings) {
    return kExitBadSettings;
  }
  if (const auto answer = ask_daemon(settings->spool.directory, "GET", "/api/status")) {
    if (answer->status != 200) {
      return complain(answer->body, kExitFailed);
    }
    return print_status(boost::json::parse(answer->body).as_object(), json);
  }
  set_up_logging(config::LogSettings{config::LogLevel::warning, settings->log.format});
  Alone alone(settings);
  if (alone.failed()) {
    return complain(alone.failure().sentence, alone.failure().exit_code);
  }
  auto object = alone.daemon().status_object();
  object["state"] = "stopped";
  object["started"] = nullptr;
  return print_status(object, json);
}

int fetch(const std::filesystem::path& settings_file, const std::vector<std::string>& accounts, bool json) {
  const auto settings = settings_or_complain(settings_file);
  if (!settings) {
    return kExitBadSettings;
  }
  if (const auto answer =
          ask_daemon(settings->spool.directory, "POST", "/api/fetch", fetch_request(accounts))) {
    if (answer->status != 200) {
      return complain(answer->body, kExitFailed);
    }
    return print_reports(boost::json::parse(answer->body).as_array(), json);
  }
  for (const std::string& name : accounts) {
    const bool known = std::any_of(settings->accounts.begin(), settings->accounts.end(),
                                   [&](const config::Account& account) { return account.name == name; });
    if (!known) {
      return complain("there is no account '" + name + "'", kExitFailed);
    }
  }
  const auto narrowed = only(*settings, accounts);
  set_up_logging(narrowed->log);
  Alone alone(narrowed);
  if (alone.failed()) {
    return complain(alone.failure().sentence, alone.failure().exit_code);
  }
  Daemon& daemon = alone.daemon();
  daemon.start();
  auto reports = wait_for(daemon.threads(), daemon.fetcher().fetch_now(accounts));
  if (reports.has_error()) {
    return complain(reports.error(), kExitFailed);
  }
  return print_reports(fetch_json(*reports), json);
}

int reload(const std::filesystem::path& settings_file) {
  const auto settings = settings_or_complain(settings_file);
  if (!settings) {
    return kExitBadSettings;
  }
  const auto answer = ask_daemon(settings->spool.directory, "POST", "/api/reload");
  if (!answer) {
    return complain("no daemon is running on " + settings->spool.directory.string(), kExitFailed);
  }
  if (answer->status != 200) {
    return complain(answer->body, kExitBadSettings);
  }
  std::cout << answer->body;
  return kExitDone;
}

} // namespace homespool::cli
