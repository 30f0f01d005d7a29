#include "fetcher/pop3/conversation.hpp"

#include "fetcher/classify.hpp"

namespace homespool::fetcher {

using net::Awaitable;

Awaitable<Outcome> read_greeting(Connection& connection) {
  const auto greeting = co_await connection.reply(Step::greeting);
  if (!greeting) co_return greeting.error();
  if (greeting->kind != Reply::Kind::ok) co_return refused(Step::greeting, *greeting);
  co_return std::nullopt;
}

Awaitable<Outcome> ask_capabilities(Connection& connection, Capabilities& capabilities) {
  capabilities = Capabilities();
  Outcome failed = co_await connection.send(Step::capabilities, "CAPA\r\n");
  if (failed) co_return failed;
  const auto answer = co_await connection.reply(Step::capabilities);
  if (!answer) co_return answer.error();
  if (answer->kind == Reply::Kind::err) co_return std::nullopt;
  if (answer->kind != Reply::Kind::ok) co_return refused(Step::capabilities, *answer);
  std::size_t count = 0;
  const Connection::TakeLine take = [&](std::string_view line, bool) {
    capabilities.add(line);
    return ++count <= limits::kCapabilityLines;
  };
  const Connection::LinesLimit limit{limits::kServerText, limits::kCapabilityBytes};
  failed = co_await connection.lines(Step::capabilities, limit, take);
  capabilities.known = !failed;
  co_return failed;
}

Awaitable<Outcome> upgrade_to_tls(Connection& connection, std::shared_ptr<net::TlsContext> context,
                                  std::string host) {
  const Outcome failed = co_await connection.send(Step::tls, "STLS\r\n");
  if (failed) co_return failed;
  const auto answer = co_await connection.reply(Step::tls);
  if (!answer) co_return answer.error();
  if (answer->kind != Reply::Kind::ok) {
    Failure failure = refused(Step::tls, *answer);
    failure.text = "the server refuses STLS, and nothing is sent without it: " + failure.text;
    co_return failure;
  }
  co_return co_await connection.start_tls(std::move(context), std::move(host));
}

Awaitable<Outcome> quit(Connection& connection, bool* refused_by_server) {
  const Outcome failed = co_await connection.send(Step::quit, "QUIT\r\n");
  if (failed) co_return failed;
  const auto answer = co_await connection.reply(Step::quit, limits::kQuit);
  if (!answer) co_return answer.error();
  if (answer->kind == Reply::Kind::ok) co_return std::nullopt;
  if (refused_by_server != nullptr) *refused_by_server = answer->kind == Reply::Kind::err;
  co_return refused(Step::quit, *answer);
}

} // namespace homespool::fetcher
