#include "cli/daemon/alone.hpp"

#include "cli/logging.hpp"
#include "config/file_access.hpp"

#include <grp.h>
#include <unistd.h>

namespace homespool::cli {
namespace {

// What root makes in a spool of somebody else, the daemon could not read: root becomes that user for good.
// False when that cannot be done.
bool become_owner_of(const std::filesystem::path& directory) {
  if (::geteuid() != 0 || !std::filesystem::exists(directory)) return true;
  const config::DaemonUser owner = config::daemon_user(directory);
  if (owner.user == 0) return true;
  return ::setgroups(owner.groups.size(), owner.groups.data()) == 0 && ::setgid(owner.group) == 0 &&
         ::setuid(owner.user) == 0;
}

} // namespace

boost::system::result<std::unique_ptr<Daemon>, Fault>
open_alone(std::shared_ptr<const config::Settings> settings) {
  set_up_logging(config::LogSettings{config::LogLevel::warning, settings->log.format});
  if (!become_owner_of(settings->spool.directory)) {
    return Fault{kExitFailed, "run this as the owner of " + settings->spool.directory.string()};
  }
  Daemon::Options options;
  options.serve = false;
  return Daemon::open(std::move(settings), options, [](const std::string& sentence) {
    complain(Fault{kExitFailed, sentence});
  });
}

} // namespace homespool::cli
