#include "fetcher/classify.hpp"

#include <boost/asio/error.hpp>
#include <catch2/catch.hpp>

using namespace homespool::fetcher;
using namespace std::chrono_literals;

TEST_CASE("a refusal is classed by its response code, then by its words, then by the step") {
  struct Row {
    Step step;
    const char* line;
    FailureClass kind;
  };
  const Row rows[] = {
      {Step::login, "-ERR [IN-USE] maildrop is open elsewhere", FailureClass::busy},
      {Step::login, "-ERR Mailbox is locked by another session", FailureClass::busy},
      {Step::login, "-ERR [LOGIN-DELAY] wait", FailureClass::rate},
      {Step::login, "-ERR too many logins in 15 minutes", FailureClass::rate},
      {Step::login, "-ERR [SYS/TEMP] authentication server is down", FailureClass::temporary},
      {Step::login, "-ERR [sys/perm] no such service", FailureClass::permanent},
      {Step::login, "-ERR [AUTH] Authentication failed.", FailureClass::login},
      {Step::login, "-ERR Your address is blocked", FailureClass::login},
      {Step::login, "-ERR wrong password", FailureClass::login},
      {Step::login, "-ERR", FailureClass::login},
      {Step::greeting, "-ERR go away", FailureClass::temporary},
      {Step::tls, "-ERR unknown command", FailureClass::tls},
      {Step::listing, "-ERR no", FailureClass::temporary},
      {Step::login, "-ERR mailbox in-use", FailureClass::busy},
      {Step::login, "-ERR account is rate-limited", FailureClass::rate},
      {Step::login, "-ERR requests are throttled", FailureClass::rate},
      {Step::login, "-ERR limit of sessions exceeded", FailureClass::rate},
      {Step::login, "-ERR temporarily unavailable", FailureClass::temporary},
      {Step::login, "-ERR auth backend: timeout", FailureClass::temporary},
      {Step::login, "-ERR Please try again.", FailureClass::temporary},
      {Step::login, "-ERR Invalid login username or password", FailureClass::login},
      {Step::login, "-ERR plain username or password wrong", FailureClass::login},
      {Step::login, "-ERR user unlimited.example has been blocked, wrong password", FailureClass::login},
      {Step::login, "-ERR wrong password for user@backend.example", FailureClass::login},
      {Step::login, "-ERR no such user on busy.example.org", FailureClass::login},
      {Step::login, "-ERR blocked, ask for it to be unlocked; delimited", FailureClass::login},
      {Step::login, "HTTP/1.1 400 Bad Request", FailureClass::temporary},
  };
  for (const Row& row : rows) {
    INFO(row.line);
    CHECK(refused(row.step, parse_reply(row.line)).kind == row.kind);
    CHECK_FALSE(refused(row.step, parse_reply(row.line)).text.empty());
  }
}

TEST_CASE("the words of the login are not taken for the server's") {
  const Reply reply = parse_reply("-ERR wrong password for Busy");
  CHECK(refused(Step::login, reply).kind == FailureClass::busy);
  CHECK(refused(Step::login, reply, "busy").kind == FailureClass::login);
  CHECK(refused(Step::login, reply, "busy@example.org").kind == FailureClass::login);
  CHECK(refused(Step::login, reply, "busy").text == "wrong password for Busy");
  CHECK(refused(Step::login, parse_reply("-ERR mailbox is busy"), "u").kind == FailureClass::busy);
}

TEST_CASE("a number without a unit is a wait only after LOGIN-DELAY") {
  const auto wait = [](const char* line) { return refused(Step::login, parse_reply(line)); };
  CHECK(wait("-ERR Too many connections from 203.0.113.7").suggested == 0s);
  CHECK(wait("-ERR too many logins, limit 5").suggested == 0s);
  CHECK(wait("-ERR [LOGIN-DELAY] 90").suggested == 90s);
  CHECK(wait("-ERR [LOGIN-DELAY] 90").wait_by_code);
  CHECK(wait("-ERR too many logins, wait 2 minutes").suggested == 120s);
  CHECK_FALSE(wait("-ERR too many logins, wait 2 minutes").wait_by_code);
}

TEST_CASE("the wait that a server suggests is read from its words") {
  CHECK(suggested_wait("[LOGIN-DELAY] 900", true) == 900s);
  CHECK(suggested_wait("900") == 0s);
  CHECK(suggested_wait("too many logins in 15 minutes") == 15min);
  CHECK(suggested_wait("limit of 5 sessions, wait 2 hours.") == 2h);
  CHECK(suggested_wait("max 20 messages") == 0s);
  CHECK(suggested_wait("99999999999999999999999 s") == 0s);
  CHECK(suggested_wait("") == 0s);
}

TEST_CASE("errors of the network are told apart from those of the server") {
  namespace error = boost::asio::error;
  CHECK(broken(Step::resolve, error::host_not_found).kind == FailureClass::network);
  CHECK(broken(Step::connect, error::network_unreachable).kind == FailureClass::network);
  CHECK(broken(Step::connect, error::connection_refused).kind == FailureClass::temporary);
  CHECK(broken(Step::connect, error::connection_refused).text == "connection refused");
  CHECK(broken(Step::retrieve, error::eof).kind == FailureClass::temporary);
  CHECK(broken(Step::tls, error::eof, "the certificate has expired").kind == FailureClass::tls);
}
