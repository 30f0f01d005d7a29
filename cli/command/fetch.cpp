#include "cli/command/fetch.hpp"

#include "cli/daemon/alone.hpp"
#include "cli/daemon/control_client.hpp"
#include "cli/daemon/fetch_report.hpp"
#include "cli/daemon/routes.hpp"
#include "cli/settings_or_complain.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

namespace homespool::cli {
namespace {

using Names = std::vector<std::string>;
using Reports = boost::system::result<boost::json::array, Fault>;

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The settings for this one run: only the accounts that were named.
std::shared_ptr<const config::Settings> narrowed(const config::Settings& settings, const Names& names) {
  auto copy = std::make_shared<config::Settings>(settings);
  if (!names.empty()) {
    std::erase_if(copy->accounts,
                  [&](const config::Account& account) { return !contains(names, account.name); });
  }
  return copy;
}

Reports fetch_alone(const config::Settings& settings, const Names& names) {
  const auto alone = open_alone(narrowed(settings, names));
  if (alone.has_error()) {
    return alone.error();
  }
  Daemon& daemon = **alone;
  daemon.start();
  const auto reports = wait_for(daemon.threads(), daemon.fetcher().fetch_now(names));
  if (reports.has_error()) {
    return Fault{kExitFailed, reports.error()};
  }
  return fetch_json(*reports);
}

Reports fetch_somehow(const config::Settings& settings, const Names& names) {
  const auto answer = ask_daemon(settings.spool.directory, "POST", "/api/fetch", fetch_request(names));
  if (!answer) {
    return fetch_alone(settings, names);
  }
  if (answer->status != 200) {
    return Fault{exit_code_of(answer->status), answer->body};
  }
  return boost::json::parse(answer->body).as_array();
}

} // namespace

int fetch(const std::filesystem::path& settings_file, const Names& accounts, bool json) {
  const auto settings = settings_or_complain(settings_file);
  if (!settings) {
    return kExitBadSettings;
  }
  const Reports reports = fetch_somehow(*settings, accounts);
  if (reports.has_error()) {
    return complain(reports.error());
  }
  std::cout << (json ? boost::json::serialize(*reports) + "\n" : fetch_lines(*reports));
  return any_failed(*reports) ? kExitFailed : kExitDone;
}

} // namespace homespool::cli
