#include "cli/command/run.hpp"

#include "cli/command/rebuild_index.hpp"
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

// While the index is made again nothing is held: a command may have the spool for a moment, or a port be
// slow to come free.
constexpr unsigned kTries = 50;
constexpr std::chrono::milliseconds kBetweenTries{200};
constexpr std::chrono::seconds kBetweenWords{5}; // to systemd, each of which gives five minutes more

// One daemon after the other in this process: when its index is to be made again the one ends in good order,
// and a new one starts behind that. Main's thread.
class Running {
 public:
  explicit Running(std::shared_ptr<const config::Settings> settings)
      : settings_(std::move(settings)), rebuilds_(std::make_shared<Rebuilds>([this] { wake(); })) {
    wait_for_signals();
  }

  int run() {
    while (true) {
      if (const auto fault = open()) {
        return told_to_end() ? kExitDone : complain(*fault);
      }
      serve();
      close();
      if (told_to_end()) {
        return fatal_ ? kExitFailed : kExitDone;
      }
      rebuild();
    }
  }

 private:
  void wake() {
    asio::post(context_, [this] { context_.stop(); });
  }

  void wait_for_signals() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) {
        return;
      }
      if (signal == SIGHUP) {
        reload();
      } else {
        stopping_ = true;
        context_.stop();
      }
      wait_for_signals();
    });
  }

  void reload() {
    reload_wanted_ = daemon_ == nullptr; // a new one does it
    if (daemon_) {
      notify_systemd("RELOADING=1");
      static_cast<void>(daemon_->reload()); // it logs what came of it
      notify_systemd("READY=1");
    }
  }

  // Hears signals that came meanwhile.
  bool told_to_end() {
    context_.restart();
    context_.poll();
    return stopping_ || fatal_;
  }

  // The first time a spool in use, or a port, is a fault; later they come free.
  std::optional<Fault> open() {
    const unsigned tries = std::exchange(first_, false) ? 1 : kTries;
    std::optional<Fault> fault;
    for (unsigned i = 0; i < tries; ++i) {
      const auto go_on = [this] { go_on_rebuilding(); };
      auto opened = Daemon::open(settings_, {true, rebuilds_, go_on}, [this](const std::string& sentence) {
        spdlog::critical("{}", sentence);
        asio::post(context_, [this] { fatal_ = true; });
        wake();
      });
      if (opened.has_value()) {
        daemon_ = std::move(*opened);
        return std::nullopt;
      }
      fault = opened.error();
      if (fault->exit_code != kExitTryAgain || i + 1 == tries || told_to_end()) break;
      std::this_thread::sleep_for(kBetweenTries);
    }
    return fault;
  }

  void serve() {
    daemon_->start();
    for (const auto& [kind, port] : daemon_->server().ports()) {
      spdlog::info("serving {} on port {}", kind, port);
    }
    spdlog::info("homespool {} is ready", HOMESPOOL_VERSION);
    notify_systemd("READY=1\nSTATUS=");
    if (reload_wanted_) {
      reload();
    }
    while (!stopping_ && !fatal_ && !rebuilds_->wanted()) {
      context_.restart();
      context_.run();
    }
  }

  void close() {
    if (stopping_ || fatal_) {
      notify_systemd("STOPPING=1");
      spdlog::info("stopping");
    } else {
      notify_systemd("STATUS=making the index again");
      spdlog::info("the index is made again, as 'homespool rebuild-index' asks for");
    }
    daemon_->stop(kDrain);
    settings_ = daemon_->settings();
    daemon_.reset();
  }

  // While the index is made again, here or at a start. A signal to stop breaks it off: it stays as it was.
  void go_on_rebuilding() {
    if (told_to_end()) {
      throw std::runtime_error("homespool was told to stop");
    }
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_word_) {
      next_word_ = now + kBetweenWords;
      notify_systemd("EXTEND_TIMEOUT_USEC=300000000\nSTATUS=making the index again");
    }
  }

  void rebuild() {
    const spool::CopyProgress go_on = [this](auto...) { go_on_rebuilding(); };
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    auto outcome = spool::rebuild_index(settings_->spool.directory, now, go_on);
    for (unsigned i = 1; i < kTries && outcome.has_error() && outcome.error().in_use && !told_to_end(); ++i) {
      std::this_thread::sleep_for(kBetweenTries);
      outcome = spool::rebuild_index(settings_->spool.directory, now, go_on);
    }
    if (outcome.has_error()) {
      spdlog::error("the index was not made again: {}", outcome.error().sentence);
    } else {
      spdlog::info("the index was made again: {} messages", outcome->messages);
    }
    rebuilds_->answer(rebuild_answer(outcome));
  }

  std::shared_ptr<const config::Settings> settings_;
  asio::io_context context_{1};
  asio::signal_set signals_{context_, SIGTERM, SIGINT, SIGHUP};
  std::shared_ptr<Rebuilds> rebuilds_;
  std::unique_ptr<Daemon> daemon_;
  std::chrono::steady_clock::time_point next_word_{};
  bool first_ = true, stopping_ = false, fatal_ = false, reload_wanted_ = false;
};

} // namespace

int run(const std::filesystem::path& settings_file) {
  const auto settings = settings_or_complain(settings_file);
  if (!settings) {
    return kExitBadSettings;
  }
  set_up_logging(settings->log);
  std::signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c)
  return Running(settings).run();
}

} // namespace homespool::cli
