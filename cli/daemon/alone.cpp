#include "cli/daemon/alone.hpp"

#include "cli/logging.hpp"

namespace homespool::cli {

boost::system::result<std::unique_ptr<Daemon>, Fault>
open_alone(std::shared_ptr<const config::Settings> settings) {
  set_up_logging(config::LogSettings{config::LogLevel::warning, settings->log.format});
  Daemon::Options options;
  options.serve = false;
  return Daemon::open(std::move(settings), options, [](const std::string& sentence) {
    complain(Fault{kExitFailed, sentence});
  });
}

} // namespace homespool::cli
