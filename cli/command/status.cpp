#include "cli/command/status.hpp"

#include "cli/daemon/alone.hpp"
#include "cli/daemon/control_client.hpp"
#include "cli/daemon/routes.hpp"
#include "cli/settings_or_complain.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

namespace homespool::cli {
namespace {

int print_status(const boost::json::object& status, bool json) {
  std::cout << (json ? boost::json::serialize(status) + "\n" : status_lines(status));
  return kExitDone;
}

} // namespace

int status(const std::filesystem::path& settings_file, bool json) {
  const auto settings = settings_or_complain(settings_file);
  if (!settings) {
    return kExitBadSettings;
  }
  if (const auto answer = ask_daemon(settings->spool.directory, "GET", "/api/status")) {
    if (answer->status != 200) {
      return complain(Fault{exit_code_of(answer->status), answer->body});
    }
    return print_status(boost::json::parse(answer->body).as_object(), json);
  }
  std::error_code error;
  const auto& directory = settings->spool.directory;
  if (!std::filesystem::exists(directory / "packs", error) &&
      !std::filesystem::exists(directory / "index.db", error)) {
    return complain(Fault{kExitFailed, "there is no spool in " + directory.string()});
  }
  const auto alone = open_alone(settings);
  if (alone.has_error()) {
    return complain(alone.error());
  }
  return print_status(status_json((*alone)->report()), json);
}

} // namespace homespool::cli
