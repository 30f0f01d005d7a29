#include "cli/daemon/daemon.hpp"

#include "cli/daemon/remembered.hpp"
#include "cli/daemon/routes.hpp"
#include "cli/logging.hpp"
#include "cli/settings_or_complain.hpp"
#include "server/listeners.hpp"

#include <random>
#include <spdlog/spdlog.h>
#include <sstream>

namespace homespool::cli {
namespace {

constexpr std::size_t kFindingsShown = 50; // by status
constexpr unsigned kWorkers = 2;           // Argon2id takes 64 MiB each

unsigned cores() {
  return std::max(1U, std::thread::hardware_concurrency());
}

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

// Certificates that the settings name are read here first, to tell their faults from those of sockets.
std::optional<Fault> fault_of_certificates(const config::Settings& settings) {
  if (!settings.server.tls) {
    return std::nullopt; // made by the server, in the spool
  }
  const auto loaded = server::load_certificates(settings);
  return loaded.has_error() ? std::optional(Fault{kExitBadSettings, loaded.error()}) : std::nullopt;
}

// Each sentence is a line of the log.
void log_reload(const boost::system::result<void, Fault>& outcome) {
  if (!outcome.has_error()) {
    spdlog::info("the settings were read again");
    return;
  }
  std::istringstream lines(outcome.error().sentence);
  for (std::string line; std::getline(lines, line);) {
    spdlog::error("the settings were not changed: {}", line);
  }
}

} // namespace

Daemon::Daemon(std::shared_ptr<const config::Settings> settings)
    : settings_(std::move(settings)), started_at_(std::chrono::floor<std::chrono::seconds>(clock_.wall())),
      threads_(cores()), workers_(kWorkers) {}

boost::system::result<std::unique_ptr<Daemon>, Fault>
Daemon::open(std::shared_ptr<const config::Settings> settings, Options options,
             std::function<void(std::string)> on_fatal) {
  if (options.serve) {
    if (auto fault = fault_of_certificates(*settings)) {
      return *std::move(fault);
    }
  }
  std::unique_ptr<Daemon> daemon(new Daemon(std::move(settings)));
  daemon->rebuilds_ = std::move(options.rebuilds);
  auto opened = daemon->open_spool(std::move(on_fatal), std::move(options.on_rebuilding));
  if (opened.has_value() && options.serve) {
    opened = daemon->open_server();
  }
  if (opened.has_error()) {
    return opened.error();
  }
  return daemon;
}

boost::system::result<void, Fault> Daemon::open_spool(std::function<void(std::string)> on_fatal,
                                                      std::function<void()> on_rebuilding) {
  spool::OpenOptions options;
  options.settings = settings_.get()->spool;
  options.now = [this] { return clock_.wall(); };
  options.on_fatal = [on_fatal = std::move(on_fatal)](std::string_view s) { on_fatal(std::string(s)); };
  options.on_finding = [this](std::string_view sentence) { note_finding(std::string(sentence)); };
  options.on_rebuilding = std::move(on_rebuilding);
  auto spool = spool::Spool::open(std::move(options));
  if (spool.has_error()) {
    return Fault{spool.error().in_use ? kExitTryAgain : kExitFailed, spool.error().sentence};
  }
  spool_ = std::move(*spool);
  make_users(*settings_.get());
  fetcher_ = std::make_unique<fetcher::Fetcher>(threads_, workers_, *spool_, clock_, random_seed());
  return {};
}

void Daemon::note_finding(std::string sentence) {
  spdlog::warn("spool: {}", sentence);
  const std::lock_guard lock(findings_mutex_);
  std::erase(findings_, sentence);
  findings_.push_back(std::move(sentence));
  if (findings_.size() > kFindingsShown) {
    findings_.pop_front();
  }
}

boost::system::result<void, Fault> Daemon::open_server() {
  auto serve_http = [routes = make_routes(*this)](std::unique_ptr<net::Stream> stream) {
    return server::http::serve(routes, std::move(stream));
  };
  server_ = std::make_unique<server::Server>(threads_, workers_, *spool_, clock_, settings_.get(),
                                             std::move(serve_http));
  const auto opened = server_->open();
  if (opened.has_error()) {
    return Fault{kExitTryAgain, opened.error()};
  }
  return {};
}

Daemon::~Daemon() {
  if (running_) {
    stop(std::chrono::seconds{5});
  }
  server_.reset();
  fetcher_.reset();
  spool_.reset();
  threads_.join(true);
}

void Daemon::make_users(const config::Settings& settings) {
  for (const config::User& user : settings.users) {
    const auto failed = wait_for(threads_, spool_->ensure_user(user.name));
    if (failed) {
      spdlog::error("the folders of {} cannot be made: {}", user.name, failed.message());
    }
  }
}

void Daemon::start() {
  running_ = true;
  fetcher_->start(settings_.get());
  if (server_) {
    server_->start();
  }
}

boost::system::result<void, Fault> Daemon::reload() {
  const std::lock_guard guard(changing_);
  if (!running_) {
    return Fault{kExitTryAgain, "the daemon is stopping"};
  }
  const auto loaded = config::load(settings_.get()->file);
  boost::system::result<void, Fault> outcome;
  if (loaded.has_error()) {
    outcome = Fault{kExitBadSettings, sentences(loaded.error())};
  } else {
    outcome = take(*loaded);
  }
  log_reload(outcome);
  return outcome;
}

boost::system::result<void, Fault> Daemon::take(std::shared_ptr<const config::Settings> settings) {
  if (settings->spool.directory != settings_.get()->spool.directory) {
    return Fault{kExitFailed, "spool.directory cannot change while the daemon runs; restart it"};
  }
  if (auto fault = fault_of_certificates(*settings)) {
    return *std::move(fault);
  }
  make_users(*settings); // before anybody of them can log in
  const auto changed = server_->reload(settings);
  if (changed.has_error()) {
    return Fault{kExitTryAgain, changed.error()};
  }
  spool_->configure(settings->spool);
  set_up_logging(settings->log);
  settings_.set(settings);
  fetcher_->reload(settings);
  return {};
}

void Daemon::stop(std::chrono::seconds limit) {
  const std::lock_guard guard(changing_);
  running_ = false;
  const auto half = std::chrono::duration_cast<std::chrono::milliseconds>(limit) / 2;
  fetcher_->stop(half);
  if (server_) {
    server_->stop(std::chrono::duration_cast<std::chrono::seconds>(half));
  }
}

StatusReport Daemon::report() {
  const auto settings = settings_.get();
  StatusReport report =
      gather(started_at_, *settings, *fetcher_, *spool_, server_ ? &server_->sessions() : nullptr);
  {
    const std::lock_guard lock(findings_mutex_);
    report.findings.assign(findings_.begin(), findings_.end());
  }
  if (!running_) {
    report.started = std::nullopt;
    report.accounts = remembered_accounts(*settings, *spool_, threads_);
  }
  return report;
}

} // namespace homespool::cli
