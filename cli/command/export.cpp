#include "cli/command/export.hpp"

#include "cli/command/copy_report.hpp"
#include "cli/daemon/spool_line.hpp"
#include "cli/settings_or_complain.hpp"
#include "spool/transfer/export.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <iostream>

namespace homespool::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// Without a daemon nobody has looked at the spool since it was used last.
boost::system::result<void, Fault> make_ready(const std::shared_ptr<const config::Settings>& settings) {
  std::error_code error;
  const fs::path& directory = settings->spool.directory;
  if (!fs::exists(directory / "index.db", error)) {
    return Fault{kExitFailed, "there is no spool in " + directory.string()};
  }
  const auto line = SpoolLine::open(settings);
  return line.has_error() ? line.error() : (*line)->wait_until_ready();
}

void print(const spool::ExportReport& report, bool as_json) {
  if (as_json) {
    const json::object answer{{"exported", report.written},
                              {"there_already", report.there},
                              {"folders", report.folders},
                              {"faults", json::array(report.faults.begin(), report.faults.end())}};
    std::cout << json::serialize(answer) << "\n";
    return;
  }
  for (const std::string& fault : report.faults) {
    std::cerr << fault << "\n";
  }
  std::cout << fmt::format("exported: {} message{} in {} folders; {} there already\n",
                           with_commas(report.written), report.written == 1 ? "" : "s",
                           with_commas(report.folders), with_commas(report.there));
}

} // namespace

int export_mail(const fs::path& settings_file, const ExportOptions& options) {
  const auto settings = settings_or_complain(settings_file);
  if (!settings) {
    return kExitBadSettings;
  }
  if (settings->find_user(options.user) == nullptr) {
    return complain({kExitFailed, "there is no user '" + options.user + "' in the settings"});
  }
  if (const auto ready = make_ready(settings); ready.has_error()) {
    return ready.error().sentence.empty() ? ready.error().exit_code : complain(ready.error());
  }
  Progress progress(options.json);
  const auto outcome =
      spool::export_mail(settings->spool.directory, options.user, options.folder, shown_on(progress));
  progress.clear();
  if (outcome.has_error()) {
    return complain({outcome.error().in_use ? kExitTryAgain : kExitFailed, outcome.error().sentence});
  }
  print(*outcome, options.json);
  return outcome->faults.empty() ? kExitDone : kExitFailed;
}

} // namespace homespool::cli
