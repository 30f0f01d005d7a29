#include "cli/command/check_config.hpp"

#include "cli/command/probe.hpp"
#include "cli/daemon/status_report.hpp"
#include "cli/exit_codes.hpp"
#include "cli/logging.hpp"
#include "cli/settings_or_complain.hpp"
#include "config/load.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

namespace homespool::cli {
namespace {

namespace json = boost::json;
using Problems = std::vector<config::Problem>;

json::array problems_json(const Problems& problems) {
  json::array list;
  for (const config::Problem& problem : problems) {
    json::object object;
    object["line"] = problem.line;
    object["column"] = problem.column;
    object["sentence"] = problem.sentence;
    list.push_back(std::move(object));
  }
  return list;
}

json::array accounts_json(const std::vector<Probed>& accounts) {
  json::array list;
  for (const Probed& probed : accounts) {
    json::object object;
    object["name"] = probed.account;
    object["tried"] = probed.tried;
    object["failure"] = failure_json(probed.failure);
    list.push_back(std::move(object));
  }
  return list;
}

// What holds, but may not be what somebody had in mind.
std::vector<std::string> notes_on(const config::Settings& settings) {
  std::vector<std::string> notes;
  for (const config::Account& account : settings.accounts) {
    if (account.tls != config::TlsMode::none) continue;
    if (account.tls_ca || !account.tls_fingerprint.empty()) {
      notes.push_back("account '" + account.name +
                      "': 'tls: none' checks no certificate, whatever tls_ca and tls_fingerprint say");
    }
  }
  return notes;
}

void print_json(const std::filesystem::path& file, const Problems& problems,
                const std::vector<std::string>& notes, const std::optional<std::vector<Probed>>& accounts) {
  json::object answer;
  answer["file"] = file.string();
  answer["problems"] = problems_json(problems);
  if (!notes.empty()) {
    answer["notes"] = json::array(notes.begin(), notes.end());
  }
  if (accounts) {
    answer["accounts"] = accounts_json(*accounts);
  }
  std::cout << json::serialize(answer) << '\n';
}

void print_lines(const std::filesystem::path& file, const Problems& problems,
                 const std::vector<std::string>& notes, const std::optional<std::vector<Probed>>& accounts) {
  if (!problems.empty()) {
    std::cerr << sentences(problems);
    return;
  }
  std::cout << file.string() << ": fine\n";
  for (const std::string& note : notes) {
    std::cout << "note: " << note << '\n';
  }
  for (const Probed& probed : accounts.value_or(std::vector<Probed>{})) {
    std::cout << probe_line(probed);
  }
}

} // namespace

int check_config(const std::filesystem::path& file, CheckOptions options) {
  const config::Loaded loaded = config::load(file);
  const Problems problems = loaded.has_error() ? loaded.error() : Problems{};
  const auto notes = loaded.has_value() ? notes_on(**loaded) : std::vector<std::string>{};
  std::optional<std::vector<Probed>> accounts;
  if (options.probe && loaded.has_value()) {
    set_up_logging(config::LogSettings{config::LogLevel::error, (*loaded)->log.format});
    accounts = probe_accounts(**loaded);
  }
  if (options.json) {
    print_json(file, problems, notes, accounts);
  } else {
    print_lines(file, problems, notes, accounts);
  }
  const bool refused = accounts && std::any_of(accounts->begin(), accounts->end(), [](const Probed& probed) {
                         return probed.failure.has_value();
                       });
  return !problems.empty() ? kExitBadSettings : refused ? kExitFailed : kExitDone;
}

} // namespace homespool::cli
