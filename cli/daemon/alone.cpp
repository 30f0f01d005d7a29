#include "cli/daemon/alone.hpp"

#include "cli/logging.hpp"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace homespool::cli {
namespace {

// What root makes in a spool of somebody else, the daemon could not read: root becomes that user for good.
// False when that cannot be done.
bool become_owner_of(const std::filesystem::path& directory) {
  struct stat facts {};
  if (::geteuid() != 0 || ::stat(directory.c_str(), &facts) != 0 || facts.st_uid == 0) return true;
  return ::setgroups(0, nullptr) == 0 && ::setgid(facts.st_gid) == 0 && ::setuid(facts.st_uid) == 0;
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
