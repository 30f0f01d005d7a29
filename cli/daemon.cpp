#include "cli/daemon.hpp"

#include "cli/exit_codes.hpp"
#include "cli/fetch_report.hpp"
#include "cli/status_report.hpp"
#include "config/load.hpp"

#include <boost/json/serialize.hpp>
#include <random>
#include <spdlog/spdlog.h>

namespace homespool::cli {
namespace {

namespace http = server::http;

constexpr unsigned kWorkers = 2; // Argon2id takes 64 MiB each

std::optional<fetcher::Failure> failure_of(const spool::AccountHealth& health) {
  const auto kind = fetcher::failure_class(health.failure_class);
  const auto step = fetcher::step(health.failure_step);
  if (!kind || !step) {
    return std::nullopt;
  }
  fetcher::Failure failure;
  failure.kind = *kind;
  failure.step = *step;
  failure.text = health.failure_text;
  failure.count = health.failure_count;
  return failure;
}

unsigned cores() {
  return std::max(1U, std::thread::hardware_concurrency());
}

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

http::Response json_response(const boost::json::value& value, unsigned status = 200) {
  http::Response response;
  response.status = status;
  response.type = "application/json";
  response.body = boost::json::serialize(value) + "\n";
  return response;
}

http::Response text_response(std::string text, std::string type = "text/plain; charset=utf-8",
                             unsigned status = 200) {
  http::Response response;
  response.status = status;
  response.type = std::move(type);
  response.body = std::move(text);
  return response;
}

} // namespace

Daemon::Daemon(std::shared_ptr<const config::Settings> settings, boost::asio::io_context& main_context)
    : settings_(std::move(settings)), main_context_(main_context),
      started_at_(std::chrono::floor<std::chrono::seconds>(clock_.wall())), threads_(cores()),
      workers_(kWorkers) {}

boost::system::result<std::unique_ptr<Daemon>, StartFailure>
Daemon::open(std::shared_ptr<const config::Settings> settings, boost::asio::io_context& main_context,
             Options options, std::function<void(std::string)> on_fatal) {
  std::unique_ptr<Daemon> daemon(new Daemon(settings, main_context));
  spool::OpenOptions spool_options;
  spool_options.settings = settings->spool;
  spool_options.now = [daemon = daemon.get()] { return daemon->clock_.wall(); };
  spool_options.on_fatal = [on_fatal](std::string_view sentence) { on_fatal(std::string(sentence)); };
  spool_options.on_finding = [](std::string_view sentence) { spdlog::warn("spool: {}", sentence); };
  auto spool = spool::Spool::open(std::move(spool_options));
  if (spool.has_error()) {
    return StartFailure{kExitTryAgain, spool.error()};
  }
  daemon->spool_ = std::move(*spool);
  daemon->make_users(*settings);
  daemon->fetcher_ = std::make_unique<fetcher::Fetcher>(daemon->threads_, daemon->workers_, *daemon->spool_,
                                                        daemon->clock_, random_seed());
  if (!options.serve) {
    return daemon;
  }
  auto serve_http = [routes = daemon->routes()](std::unique_ptr<net::Stream> stream) {
    return http::serve(routes, std::move(stream));
  };
  daemon->server_ = std::make_unique<server::Server>(daemon->threads_, daemon->workers_, *daemon->spool_,
                                                     daemon->clock_, settings, std::move(serve_http));
  const auto opened = daemon->server_->open();
  if (opened.has_error()) {
    return StartFailure{kExitTryAgain, opened.error()};
  }
  return daemon;
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

boost::system::result<void, std::string> Daemon::reload() {
  const auto before = settings_.get();
  auto loaded = config::load(before->file);
  if (loaded.has_error()) {
    std::string sentences;
    for (const auto& problem : loaded.error()) {
      sentences += problem.text() + "\n";
    }
    return sentences;
  }
  if ((*loaded)->spool.directory != before->spool.directory) {
    return std::string("spool.directory cannot change while the daemon runs; restart it");
  }
  make_users(**loaded);
  const auto changed = server_->reload(*loaded);
  if (changed.has_error()) {
    return changed.error();
  }
  spool_->configure((*loaded)->spool);
  settings_.set(*loaded);
  fetcher_->reload(*loaded);
  return {};
}

void Daemon::stop(std::chrono::seconds limit) {
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
  if (!running_) {
    report.accounts = remembered_accounts(*settings);
  }
  return report;
}

// What the index remembers of the accounts, when no loop runs.
std::vector<fetcher::AccountStatus> Daemon::remembered_accounts(const config::Settings& settings) {
  std::vector<fetcher::AccountStatus> accounts;
  for (const config::Account& account : settings.accounts) {
    fetcher::AccountStatus status;
    status.name = account.name;
    status.user = account.user;
    const auto health = wait_for(threads_, spool_->account_health(account.name));
    if (health) {
      status.state = account.enabled ? health->state : "paused";
      status.since = health->since;
      status.last_success = health->last_success;
      status.last_attempt = health->last_attempt;
      status.next_try = health->next_try;
      status.failure = failure_of(*health);
      status.fetched_total = health->fetched_total;
    }
    const auto counts = spool_->ledger_counts(account.name);
    status.waiting = counts.waiting;
    status.stored = counts.stored;
    status.quarantined = counts.quarantined;
    status.too_large = counts.too_large;
    accounts.push_back(std::move(status));
  }
  return accounts;
}

boost::json::object Daemon::status_object() {
  return status_json(report());
}

http::Response status_response(const std::string& path, const StatusReport& report) {
  if (path == "/metrics") {
    return text_response(metrics_text(report), "text/plain; version=0.0.4; charset=utf-8");
  }
  if (path == "/api/status") {
    return json_response(status_json(report));
  }
  return text_response(status_page(report), "text/html; charset=utf-8");
}

std::shared_ptr<const http::Routes> Daemon::routes() {
  auto routes = std::make_shared<http::Routes>();
  const http::Handler status = [this](const http::Request& request) { return status_route(request.path); };
  for (const char* path : {"/", "/api/status", "/metrics"}) {
    routes->emplace(path, http::Route{"GET", status});
  }
  const http::Handler alive = [](http::Request) -> net::Awaitable<http::Response> {
    co_return text_response("ok\n");
  };
  routes->emplace("/healthz", http::Route{"GET", alive});
  routes->emplace("/readyz", http::Route{"GET", [this](const http::Request&) { return ready_route(); }});
  routes->emplace(
      "/api/fetch",
      http::Route{"POST", [this](http::Request request) { return fetch_route(std::move(request)); }, true});
  routes->emplace("/api/reload",
                  http::Route{"POST", [this](const http::Request&) { return reload_route(); }, true});
  return routes;
}

net::Awaitable<http::Response> Daemon::status_route(std::string path) {
  co_return status_response(path, report());
}

net::Awaitable<http::Response> Daemon::ready_route() {
  const auto settings = settings_.get();
  for (const config::User& user : settings->users) {
    const auto inbox = spool_->find_mailbox(user.name, "INBOX");
    if (!inbox) {
      co_return text_response("the INBOX of " + user.name + " is missing\n", "text/plain", 503);
    }
    const auto counts = co_await spool_->counts(inbox->id);
    if (!counts) {
      co_return text_response("the index does not answer\n", "text/plain", 503);
    }
  }
  co_return text_response("ready\n");
}

net::Awaitable<http::Response> Daemon::fetch_route(http::Request request) {
  auto names = parse_fetch_request(request.body);
  if (!names) {
    co_return text_response("that is no request to fetch\n", "text/plain", 400);
  }
  auto reports = co_await fetcher_->fetch_now(std::move(*names));
  if (reports.has_error()) {
    co_return text_response(reports.error() + "\n", "text/plain", 422);
  }
  co_return json_response(fetch_json(*reports));
}

net::Awaitable<void> Daemon::reload_on_main(std::shared_ptr<std::string> error) {
  const auto outcome = reload();
  if (outcome.has_error()) {
    *error = outcome.error();
  }
  co_return;
}

net::Awaitable<http::Response> Daemon::reload_route() {
  auto error = std::make_shared<std::string>();
  co_await boost::asio::co_spawn(main_context_, reload_on_main(error), boost::asio::use_awaitable);
  if (!error->empty()) {
    co_return text_response(*error + "\n", "text/plain", 422);
  }
  co_return text_response("the settings were read again\n");
}

} // namespace homespool::cli
