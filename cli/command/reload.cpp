#include "cli/command/reload.hpp"

#include "cli/daemon/control_client.hpp"
#include "cli/daemon/routes.hpp"
#include "cli/exit_codes.hpp"
#include "cli/settings_or_complain.hpp"

#include <iostream>

namespace homespool::cli {

int reload(const std::filesystem::path& settings_file) {
  const auto settings = settings_or_complain(settings_file);
  if (!settings) {
    return kExitBadSettings;
  }
  const auto answer = ask_daemon(settings->spool.directory, "POST", "/api/reload");
  if (!answer) {
    return complain(Fault{kExitFailed, "no daemon is running on " + settings->spool.directory.string()});
  }
  if (answer->status != 200) {
    return complain(Fault{exit_code_of(answer->status), answer->body});
  }
  std::cout << answer->body;
  return kExitDone;
}

} // namespace homespool::cli
