#include "cli/daemon/routes.hpp"

#include "cli/daemon/bring_back.hpp"
#include "cli/daemon/daemon.hpp"
#include "cli/daemon/fetch_report.hpp"
#include "cli/daemon/import_route.hpp"
#include "cli/daemon/verify_report.hpp"

#include <boost/json/serialize.hpp>

namespace homespool::cli {
namespace {

namespace http = server::http;
using Answer = net::Awaitable<http::Response>;

http::Response text_response(std::string text, unsigned status = 200) {
  http::Response response;
  response.status = status;
  response.body = std::move(text);
  return response;
}

http::Response typed_response(std::string body, std::string type) {
  http::Response response;
  response.type = std::move(type);
  response.body = std::move(body);
  return response;
}

http::Response json_response(const boost::json::value& value) {
  return typed_response(boost::json::serialize(value) + "\n", "application/json");
}

Answer answer_alive() {
  co_return text_response("ok\n");
}

Answer answer_status(Daemon& daemon) {
  co_return json_response(status_json(daemon.report()));
}

Answer answer_metrics(Daemon& daemon) {
  co_return typed_response(metrics_text(daemon.report()), "text/plain; version=0.0.4; charset=utf-8");
}

Answer answer_page(Daemon& daemon) {
  co_return typed_response(status_page(daemon.report()), "text/html; charset=utf-8");
}

Answer answer_ready(Daemon& daemon) {
  const auto settings = daemon.settings();
  for (const config::User& user : settings->users) {
    const auto inbox = daemon.spool().find_mailbox(user.name, "INBOX");
    if (!inbox) {
      co_return text_response("the INBOX of " + user.name + " is missing\n", 503);
    }
    const auto counts = co_await daemon.spool().counts(inbox->id);
    if (!counts) {
      co_return text_response("the index does not answer\n", 503);
    }
  }
  co_return text_response("ready\n");
}

Answer answer_fetch(Daemon& daemon, std::string body) {
  auto names = parse_fetch_request(body);
  if (!names) {
    co_return text_response("that is no request to fetch\n", 400);
  }
  auto reports = co_await daemon.fetcher().fetch_now(std::move(*names));
  if (reports.has_error()) {
    co_return text_response(reports.error() + "\n", 409);
  }
  co_return json_response(fetch_json(*reports));
}

Answer answer_bring_back(Daemon& daemon, std::string body) {
  auto request = parse_bring_back_request(body);
  if (!request) {
    co_return text_response("that is no request to bring something back\n", 400);
  }
  const auto messages = co_await bring_back(daemon, std::move(*request));
  if (messages.has_error()) {
    co_return text_response(messages.error().sentence + "\n", http_status_of(messages.error().exit_code));
  }
  co_return json_response(*messages);
}

Answer answer_import(Daemon& daemon, server::http::BodyStream& body) {
  const auto answer = co_await take_batch(daemon, body);
  if (answer.has_error()) {
    co_return text_response(answer.error().sentence + "\n", http_status_of(answer.error().exit_code));
  }
  co_return typed_response(to_json(*answer) + "\n", "application/json");
}

Answer answer_reload(Daemon& daemon) {
  using Outcome = boost::system::result<void, Fault>;
  const std::function<Outcome()> reload = [&daemon] { return daemon.reload(); };
  const Outcome outcome = co_await net::run_on(daemon.workers(), reload);
  if (outcome.has_error()) {
    co_return text_response(outcome.error().sentence + "\n", http_status_of(outcome.error().exit_code));
  }
  co_return text_response("the settings were read again\n");
}

// 200 with what came of it, or 202: under way. The asker asks again until then.
Answer answer_rebuild(Daemon& daemon, std::string token) {
  if (!daemon.rebuilds()) {
    co_return text_response("this homespool cannot make its index again while it runs\n", 409);
  }
  const auto reply = daemon.rebuilds()->ask(token);
  if (reply.asked == Rebuilds::Asked::too_many) {
    co_return text_response("the index is to be made again already\n", 503);
  }
  if (!reply.answer) {
    co_return text_response("the index will be made again\n", 202);
  }
  co_return typed_response(*reply.answer + "\n", "application/json");
}

Answer answer_verify(Daemon& daemon, std::string body) {
  const auto request = parse_verify_request(body);
  if (!request) {
    co_return text_response("that is no request to verify\n", 400);
  }
  const std::function<std::string()> work = [directory = daemon.spool().directory(), request = *request] {
    auto files = spool::files_of(directory);
    files.in_use = true;
    return verify_answer(spool::check_some(files, request.from, [&](auto&) { return request.deep; }));
  };
  std::string answer = co_await net::run_on(daemon.chores(), work);
  co_return typed_response(std::move(answer) + "\n", "application/json");
}

} // namespace

unsigned http_status_of(int exit_code) {
  switch (exit_code) {
  case kExitBadSettings:
    return 422;
  case kExitTryAgain:
    return 503;
  case kExitUsage:
    return 400;
  default:
    return 409;
  }
}

int exit_code_of(unsigned http_status) {
  switch (http_status) {
  case 422:
    return kExitBadSettings;
  case 503:
    return kExitTryAgain;
  case 400:
    return kExitUsage;
  default:
    return kExitFailed;
  }
}

void add_import_route(http::Routes& routes, Daemon& daemon) {
  http::Route route;
  route.method = "POST";
  route.handler = [&daemon](const http::Request& request) { return answer_import(daemon, *request.stream); };
  route.control = route.streams = true;
  routes.emplace(kImportPath, std::move(route));
}

std::shared_ptr<const http::Routes> make_routes(Daemon& daemon) {
  auto routes = std::make_shared<http::Routes>();
  const auto get = [&](const char* path, http::Handler handler) {
    routes->emplace(path, http::Route{"GET", std::move(handler)});
  };
  const auto control = [&](const char* path, http::Handler handler) {
    routes->emplace(path, http::Route{"POST", std::move(handler), true});
  };
  get("/healthz", [](const http::Request&) { return answer_alive(); });
  get("/readyz", [&daemon](const http::Request&) { return answer_ready(daemon); });
  get("/metrics", [&daemon](const http::Request&) { return answer_metrics(daemon); });
  get("/api/status", [&daemon](const http::Request&) { return answer_status(daemon); });
  get("/", [&daemon](const http::Request&) { return answer_page(daemon); });
  control("/api/fetch",
          [&daemon](const http::Request& request) { return answer_fetch(daemon, request.body); });
  control("/api/verify",
          [&daemon](const http::Request& request) { return answer_verify(daemon, request.body); });
  control("/api/bring-back",
          [&daemon](const http::Request& request) { return answer_bring_back(daemon, request.body); });
  add_import_route(*routes, daemon);
  control(kRebuildPath,
          [&daemon](const http::Request& request) { return answer_rebuild(daemon, request.body); });
  control("/api/reload", [&daemon](const http::Request&) { return answer_reload(daemon); });
  return routes;
}

} // namespace homespool::cli
