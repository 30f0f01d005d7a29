#include "fetcher/pop3/conversation.hpp"
#include "tests/fetcher/dialog.hpp"

#include <catch2/catch.hpp>

using namespace homespool;
using namespace homespool::fetcher;
using test::DialogLine;

namespace {

struct Wish {
  config::AuthMechanism mechanism = config::AuthMechanism::automatic;
  bool starttls = false;
  bool clear_allowed = true;
  bool ask_capabilities = true;
  bool ids_expected = false;
};

struct Talk {
  std::optional<Failure> failure;
  Capabilities capabilities;
  Listing listing;
  std::string fault; // of the script

  std::string ids() const {
    std::string all;
    for (std::size_t i = 0; i < listing.size(); ++i) all += std::string(listing.id(i)) + ",";
    return all;
  }
};

net::Awaitable<Outcome> converse(Connection& connection, Wish wish, Talk& talk) {
  Outcome failed = co_await read_greeting(connection);
  if (!failed && wish.starttls) failed = co_await upgrade_to_tls(connection, nullptr, "pop.example");
  if (!failed && wish.ask_capabilities) failed = co_await ask_capabilities(connection, talk.capabilities);
  Credentials credentials;
  credentials.login = "taro";
  credentials.password = config::Secret("secret");
  credentials.mechanism = wish.mechanism;
  credentials.clear_allowed = wish.clear_allowed;
  if (!failed) failed = co_await log_in(connection, talk.capabilities, std::move(credentials));
  if (!failed) failed = co_await read_listing(connection, talk.capabilities, wish.ids_expected, talk.listing);
  if (!failed) failed = co_await name_by_headers(connection, talk.capabilities, talk.listing);
  if (!failed) failed = co_await quit(connection);
  co_return failed;
}

Talk run_lines(std::vector<DialogLine> lines, Wish wish = {}, std::size_t chunk = 1,
               std::string line_end = "\r\n") {
  boost::asio::io_context io(1);
  test::FakeClock clock;
  Talk talk;
  auto pair = test::memory_pair(io.get_executor(), &clock);
  pair.left->cut_reads(chunk);
  test::DialogServer server(std::move(pair.right), std::move(lines), std::move(line_end));
  test::Running<void> playing(io, server.play());
  Connection connection(std::move(pair.left), clock);
  talk.failure = test::run(io, converse(connection, wish, talk));
  connection.close();
  test::run_until(io, [&] { return playing.done(); });
  talk.fault = server.fault;
  return talk;
}

Talk run_dialog(const std::string& text, Wish wish = {}, std::size_t chunk = 1) {
  return run_lines(test::parse_dialog(text), wish, chunk);
}

const char* const kUsual = R"(
  S: +OK hello
  C: CAPA
  S: +OK list follows
  S: USER
  S: PIPELINING
  S: UIDL
  S: .
  C: USER taro
  S: +OK
  C: PASS secret
  S: +OK welcome
  C: STAT
  C: LIST
  C: UIDL
  S: +OK 2 300
  S: +OK
  S: 1 100
  S: 2 200
  S: .
  S: +OK
  S: 1 first
  S: ..2 lost
  S: 2 second
  S: .
  C: QUIT
  S: +OK bye)";

} // namespace

TEST_CASE("the usual conversation works in chunks of every size") {
  for (const std::size_t chunk : {0, 1, 2, 3, 7, 64}) {
    const Talk talk = run_dialog(kUsual, {}, chunk);
    CHECK_FALSE(talk.failure);
    CHECK(talk.fault.empty());
    CHECK(talk.ids() == "first,second,");
    CHECK(talk.listing[1].size == 200);
    CHECK(talk.listing.malformed() == 1);
  }
}

TEST_CASE("the usual conversation works with a server that ends its lines in bare LF") {
  const Talk talk = run_lines(test::parse_dialog(kUsual), {}, 1, "\n");
  CHECK_FALSE(talk.failure);
  CHECK(talk.ids() == "first,second,");
}

TEST_CASE("a server that leaves at any point is a failure of that step") {
  const std::vector<DialogLine> whole = test::parse_dialog(kUsual);
  std::string steps;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Talk talk =
        run_lines(std::vector<DialogLine>(whole.begin(), whole.begin() + static_cast<long>(length)));
    REQUIRE(talk.failure);
    CHECK(talk.failure->kind == FailureClass::temporary);
    const std::string step(word(talk.failure->step));
    if (!steps.ends_with(step + " ")) steps += step + " ";
  }
  CHECK(steps == "greeting capabilities login listing quit ");
}

TEST_CASE("a server that falls silent at any point is given up within 100 seconds") {
  const std::vector<DialogLine> whole = test::parse_dialog(kUsual);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    boost::asio::io_context io(1);
    test::FakeClock clock;
    Talk talk;
    auto pair = test::memory_pair(io.get_executor(), &clock);
    std::vector<DialogLine> part(whole.begin(), whole.begin() + static_cast<long>(length));
    test::DialogServer server(std::move(pair.right), std::move(part));
    server.stay_silent();
    test::Running<void> playing(io, server.play());
    Connection connection(std::move(pair.left), clock);
    test::Running<Outcome> talking(io, converse(connection, Wish(), talk));
    test::settle(io);
    CHECK_FALSE(talking.done());
    for (int second = 0; second < 100; ++second) {
      clock.advance(std::chrono::seconds(1));
      test::settle(io);
    }
    REQUIRE(talking.done());
    REQUIRE(talking.get());
    CHECK(talking.get()->text == "no answer in time");
  }
}

TEST_CASE("a refusal at each step is a failure of that step with the server's words") {
  CHECK(run_dialog("S: -ERR [SYS/TEMP] later").failure->step == Step::greeting);
  const Talk login =
      run_dialog("S: +OK\nC: CAPA\nS: -ERR\nC: USER taro\nS: +OK\nC: PASS secret\nS: -ERR [AUTH] no \x1b[1m");
  CHECK(login.failure->kind == FailureClass::login);
  CHECK(login.failure->login_said_so);
  CHECK(login.failure->text == "[AUTH] no \\x1b[1m");
  const Talk garbage = run_dialog("S: 220 smtp.example ESMTP");
  CHECK(garbage.failure->kind == FailureClass::temporary);
}

TEST_CASE("without capabilities the conversation goes on step by step") {
  const Talk talk = run_dialog(R"(
    S: +OK
    C: CAPA
    S: -ERR unknown
    C: USER taro
    S: +OK
    C: PASS secret
    S: +OK
    C: STAT
    S: -ERR
    C: LIST
    S: -ERR
    C: UIDL
    S: +OK
    S: 1 a
    S: .
    C: QUIT
    S: +OK)");
  CHECK_FALSE(talk.failure);
  CHECK(talk.ids() == "a,");
  CHECK_FALSE(talk.listing.complete());
}

TEST_CASE("a server that refuses STAT, LIST and UIDL has not said that there is no mail") {
  const Talk talk =
      run_dialog("S: +OK\nC: CAPA\nS: -ERR\nC: USER taro\nS: +OK\nC: PASS secret\nS: +OK\nC: STAT\n"
                 "S: -ERR\nC: LIST\nS: -ERR [SYS/TEMP] not now\nC: UIDL\nS: -ERR");
  REQUIRE(talk.failure);
  CHECK(talk.failure->step == Step::listing);
  CHECK(talk.failure->kind == FailureClass::temporary);
  CHECK(talk.failure->text == "[SYS/TEMP] not now");
}

TEST_CASE("a refusal of UIDL is a failure where ids are expected, or when it gives a reason for now") {
  const std::string begin =
      "S: +OK\nC: CAPA\nS: -ERR\nC: USER taro\nS: +OK\nC: PASS secret\nS: +OK\nC: STAT\n"
      "S: +OK 0 0\nC: LIST\nS: +OK\nS: .\nC: UIDL\n";
  Wish expecting;
  expecting.ids_expected = true;
  const Talk expected = run_dialog(begin + "S: -ERR what\nX", expecting);
  REQUIRE(expected.failure);
  CHECK(expected.failure->step == Step::listing);
  CHECK(expected.failure->text == "what");
  const Talk coded = run_dialog(begin + "S: -ERR [SYS/TEMP] later\nX");
  REQUIRE(coded.failure);
  CHECK(coded.failure->text == "[SYS/TEMP] later");
  CHECK_FALSE(run_dialog(begin + "S: -ERR what\nC: QUIT\nS: +OK").failure);
  CHECK_FALSE(run_dialog(begin + "S: -ERR [SYS/PERM] never\nC: QUIT\nS: +OK").failure);
}

TEST_CASE("without UIDL messages are named by their headers, and without TOP by nothing") {
  const std::string begin =
      "S: +OK\nC: CAPA\nS: -ERR\nC: USER taro\nS: +OK\nC: PASS secret\nS: +OK\nC: STAT\n"
      "S: +OK 2 20\nC: LIST\nS: +OK\nS: 1 10\nS: 2 10\nS: .\nC: UIDL\nS: -ERR\nC: TOP 1 0\n";
  const Talk named = run_dialog(
      begin + "S: +OK\nS: Subject: a\nS: ..\nS: .\nC: TOP 2 0\nS: +OK\nS: Subject: b\nS: .\nC: QUIT\nS: +OK");
  CHECK_FALSE(named.failure);
  REQUIRE(named.listing.size() == 2);
  CHECK(named.listing.id(0).starts_with("hdr:"));
  CHECK(named.listing.id(0) != named.listing.id(1));
  CHECK(named.listing.complete());
  const Talk nameless = run_dialog(begin + "S: -ERR\nC: QUIT\nS: +OK");
  CHECK_FALSE(nameless.failure);
  CHECK(nameless.listing.size() == 2);
  CHECK_FALSE(nameless.listing.has_id(0));
}

TEST_CASE("PLAIN is used where it is announced, with an initial response or on a line of its own") {
  const std::string begin =
      "S: +OK\nC: CAPA\nS: +OK\nS: SASL LOGIN PLAIN\nS: .\nC: AUTH PLAIN AHRhcm8Ac2VjcmV0\n";
  CHECK(run_dialog(begin + "S: +OK\nC: STAT\nX").failure->step == Step::listing);
  CHECK(run_dialog(begin + "S: +\nC: AHRhcm8Ac2VjcmV0\nS: +OK\nC: STAT\nX").failure->step == Step::listing);
  Wish plain;
  plain.mechanism = config::AuthMechanism::plain;
  const Talk refused = run_dialog(
      "S: +OK\nC: CAPA\nS: -ERR\nC: AUTH PLAIN AHRhcm8Ac2VjcmV0\nS: -ERR no such mechanism\nX", plain);
  CHECK(refused.failure->kind == FailureClass::login);
  CHECK(refused.fault.empty());
}

TEST_CASE("the password is not sent without TLS unless the settings say so") {
  Wish safe;
  safe.clear_allowed = false;
  const Talk talk = run_dialog("S: +OK\nC: CAPA\nS: -ERR\nX", safe);
  CHECK(talk.failure->kind == FailureClass::tls);
  safe.starttls = true;
  const Talk stripped = run_dialog("S: +OK\nC: STLS\nS: -ERR what\nX", safe);
  CHECK(stripped.failure->kind == FailureClass::tls);
  CHECK(stripped.failure->step == Step::tls);
}

TEST_CASE("bytes that come before the TLS handshake end the connection") {
  Wish safe;
  safe.clear_allowed = false;
  safe.starttls = true;
  const Talk talk = run_dialog("S: +OK\nC: STLS\nS: +OK go\nS: +OK injected\nX", safe, 0);
  REQUIRE(talk.failure);
  CHECK(talk.failure->kind == FailureClass::tls);
}

TEST_CASE("bytes that nobody asked for end the connection, wherever they wait") {
  const std::size_t chunk = GENERATE(0, 5, 1); // read with the greeting, or still on the stream
  const Talk talk = run_dialog("S: +OK\nS: +OK more\nC: CAPA\nX", {}, chunk);
  REQUIRE(talk.failure);
  CHECK(talk.failure->text == "the server sent more than was asked for");
  CHECK(talk.fault == "the client left before: CAPA");
}

TEST_CASE("endless answers are cut off") {
  std::string capa = "S: +OK\nC: CAPA\nS: +OK\n";
  for (int i = 0; i < 300; ++i) capa += "S: X-CAPABILITY\n";
  CHECK(run_dialog(capa, {}, 0).failure->step == Step::capabilities);
  const Talk line = run_dialog("S: +OK " + std::string(100'000, 'x'), {}, 0);
  CHECK(line.failure->text == "the server sent a line without an end");
}

TEST_CASE("a UIDL line of megabytes is passed over") {
  const Talk talk =
      run_dialog("S: +OK\nC: CAPA\nS: -ERR\nC: USER taro\nS: +OK\nC: PASS secret\nS: +OK\nC: STAT\n"
                 "S: +OK 2 20\nC: LIST\nS: -ERR\nC: UIDL\nS: +OK\nS: 1 " +
                     std::string(2'000'000, 'u') + "\nS: 2 b\nS: .\nC: QUIT\nS: +OK",
                 {}, 0);
  CHECK_FALSE(talk.failure);
  CHECK(talk.ids() == "b,");
  CHECK(talk.listing.malformed() == 1);
}

TEST_CASE("a password that a server repeats is shown nowhere") {
  const std::string begin = "S: +OK\nC: CAPA\nS: -ERR\nC: USER taro\nS: +OK\nC: PASS secret\nS: ";
  const char* const answers[] = {"-ERR I do not know the command PASS secret", "-ERR bad: 'PASS SECRET'",
                                 "what is PASS secret?", "-ERR PASS secre"};
  for (const char* const answer : answers) {
    const Talk talk = run_dialog(begin + answer + "\nX");
    REQUIRE(talk.failure);
    INFO(talk.failure->text);
    CHECK(talk.failure->text.find("secre") == std::string::npos);
    CHECK(talk.failure->text.find("SECRE") == std::string::npos);
    CHECK(talk.failure->text.find("PASS") != std::string::npos);
  }
  const Talk later =
      run_dialog(begin + "+OK\nC: STAT\nS: -ERR\nC: LIST\nS: -ERR\nC: UIDL\nS: what, PASS secret?\nX");
  CHECK(later.failure->text.find("secret") == std::string::npos);
}

TEST_CASE("an initial response that a server repeats is shown nowhere, whole or cut") {
  const std::string begin =
      "S: +OK\nC: CAPA\nS: +OK\nS: SASL PLAIN\nS: .\nC: AUTH PLAIN AHRhcm8Ac2VjcmV0\nS: ";
  for (const char* const answer :
       {"-ERR bad command: AUTH PLAIN AHRhcm8Ac2VjcmV0", "-ERR bad command: AUTH PLAIN AHRhcm8Ac2Vj..."}) {
    const Talk talk = run_dialog(begin + answer + "\nX");
    REQUIRE(talk.failure);
    INFO(talk.failure->text);
    CHECK(talk.failure->text.find("AHRhcm8") == std::string::npos);
    CHECK(talk.failure->text.find("bad command: AUTH PLAIN") != std::string::npos);
  }
}
