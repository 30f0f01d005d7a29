#include "cli/command/undelete.hpp"

#include "cli/daemon/bring_back.hpp"
#include "cli/settings_or_complain.hpp"
#include "config/schema/values.hpp"

#include <boost/json/serialize.hpp>
#include <iostream>

namespace homespool::cli {
namespace {

int run(const std::filesystem::path& settings_file, const BringBackOptions& options,
        BringBackRequest::What what) {
  BringBackRequest request;
  request.what = what;
  request.whose = options.whose;
  request.folders = options.folders;
  request.by = options.by;
  request.ids = options.ids;
  request.message_ids = options.message_ids;
  request.only_list = options.only_list;
  if (!options.since.empty()) {
    const auto since = config::schema::parse_duration(options.since, std::chrono::seconds{1});
    if (since.has_error()) {
      return complain(Fault{kExitUsage, "--since " + since.error().sentence});
    }
    request.since = *since;
  }
  const auto settings = settings_or_complain(settings_file);
  if (!settings) {
    return kExitBadSettings;
  }
  const auto messages = bring_back_somehow(settings, request);
  if (messages.has_error()) {
    return complain(messages.error());
  }
  std::cout << (options.json ? boost::json::serialize(*messages) + "\n"
                             : bring_back_lines(*messages, request));
  int code = kExitDone;
  for (const std::string& id : not_found(*messages, request)) {
    code = complain(Fault{kExitFailed, "there is no such message to bring back: " + id});
  }
  return code;
}

} // namespace

int undelete(const std::filesystem::path& settings_file, const BringBackOptions& options) {
  return run(settings_file, options, BringBackRequest::What::deleted);
}

int unhide(const std::filesystem::path& settings_file, const BringBackOptions& options) {
  return run(settings_file, options, BringBackRequest::What::hidden);
}

} // namespace homespool::cli
