#include "cli/command/run.hpp"

#include "cli/daemon/daemon.hpp"
#include "cli/daemon/systemd.hpp"
#include "cli/exit_codes.hpp"
#include "cli/logging.hpp"
#include "cli/settings_or_complain.hpp"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <spdlog/spdlog.h>

namespace homespool::cli {
namespace {

namespace asio = boost::asio;

// Sessions and polls have this long to end; the sum stays under the 10 s that SIGTERM is promised to take.
constexpr std::chrono::seconds kDrain{7};

void reload(Daemon& daemon) {
  notify_systemd("RELOADING=1");
  static_cast<void>(daemon.reload()); // it logs what came of it
  notify_systemd("READY=1");
}

// Waits for signals until one says stop.
void wait_for_signals(asio::signal_set& signals, asio::io_context& context, Daemon& daemon) {
  signals.async_wait([&signals, &context, &daemon](const boost::system::error_code& error, int signal) {
    if (error) {
      return;
    }
    if (signal == SIGHUP) {
      reload(daemon);
      wait_for_signals(signals, context, daemon);
    } else {
      context.stop();
    }
  });
}

void announce(Daemon& daemon) {
  for (const auto& [kind, port] : daemon.server().ports()) {
    spdlog::info("serving {} on port {}", kind, port);
  }
  spdlog::info("homespool {} is ready", HOMESPOOL_VERSION);
  notify_systemd("READY=1");
}

} // namespace

int run(const std::filesystem::path& settings_file) {
  const auto settings = settings_or_complain(settings_file);
  if (!settings) {
    return kExitBadSettings;
  }
  set_up_logging(settings->log);
  std::signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c)
  asio::io_context context(1);
  asio::signal_set signals(context, SIGTERM, SIGINT, SIGHUP);
  bool fatal = false;
  auto on_fatal = [&context, &fatal](const std::string& sentence) {
    spdlog::critical("{}", sentence);
    asio::post(context, [&context, &fatal] {
      fatal = true;
      context.stop();
    });
  };
  auto daemon = Daemon::open(settings, {}, on_fatal);
  if (daemon.has_error()) {
    return complain(daemon.error());
  }
  (*daemon)->start();
  announce(**daemon);
  wait_for_signals(signals, context, **daemon);
  context.run();
  notify_systemd("STOPPING=1");
  spdlog::info("stopping");
  (*daemon)->stop(kDrain);
  return fatal ? kExitFailed : kExitDone;
}

} // namespace homespool::cli
