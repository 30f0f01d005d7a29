// What status, fetch and the metrics look like, from facts made up here.
#include "cli/command/probe.hpp"
#include "cli/daemon/fetch_report.hpp"
#include "cli/daemon/routes.hpp"
#include "cli/daemon/status_report.hpp"
#include "cli/exit_codes.hpp"

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

using namespace homespool;
using namespace homespool::cli;
using Catch::Matchers::Contains;

namespace {

std::chrono::sys_seconds at(int seconds) {
  return std::chrono::sys_seconds{std::chrono::seconds{1'700'000'000 + seconds}};
}

fetcher::Failure refused() {
  fetcher::Failure failure;
  failure.kind = fetcher::FailureClass::login;
  failure.step = fetcher::Step::login;
  failure.text = "-ERR <no> \"such\" login";
  failure.count = 3;
  return failure;
}

StatusReport report_of(std::string account) {
  StatusReport report;
  report.version = "1.2.3";
  report.started = at(0);
  fetcher::AccountStatus status;
  status.name = std::move(account);
  status.user = "taro";
  status.state = "failing";
  status.since = at(1);
  status.next_try = at(60);
  status.failure = refused();
  status.fetched_total = 7;
  report.accounts.push_back(status);
  report.spool.messages = 5;
  report.clients.push_back(StatusReport::Client{"desk", "taro", true, std::nullopt});
  return report;
}

} // namespace

TEST_CASE("status --json has every promised field, and null for what is not known") {
  const auto object = status_json(report_of("isp"));
  CHECK(
      boost::json::serialize(object) ==
      R"({"version":"1.2.3","started":"2023-11-14T22:13:20Z","state":"degraded",)"
      R"("accounts":[{"name":"isp","user":"taro","state":"failing","since":"2023-11-14T22:13:21Z",)"
      R"("last_success":null,"last_attempt":null,"next_try":"2023-11-14T22:14:20Z",)"
      R"("failure":{"class":"login","step":"login","text":"-ERR <no> \"such\" login","count":3},)"
      R"("waiting":0,"stored":0,"quarantined":0,"too_large":0,"fetched_total":7,"malformed_listed":0,"ids_changed":null}],)"
      R"("spool":{"state":"ok","messages":5,"bytes":0,"damaged":0,"free_bytes":0,"search":"indexing","findings":[]},)"
      R"("clients":[{"login":"desk","user":"taro","deleter":true,"last_seen":null,"protocol":null,)"
      R"("hidden_deletes":0,"refused_deletes":0}]})");
}

TEST_CASE("an account that was never tried has been in its state since null") {
  StatusReport report = report_of("isp");
  report.accounts[0].since = {};
  CHECK(status_json(report).at("accounts").at(0).at("since").is_null());
}

TEST_CASE("the state is stopped without a daemon, ok when all is well, degraded when the disk is short") {
  StatusReport report = report_of("isp");
  CHECK(report.state() == "degraded");
  report.accounts[0].state = "polling";
  CHECK(report.state() == "degraded"); // until it is known better
  report.accounts[0].state = "paused";
  CHECK(report.state() == "degraded"); // by a spool that takes no mail
  report.accounts[0].failure.reset();
  CHECK(report.state() == "ok"); // by the settings
  report.accounts[0].state = "ok";
  CHECK(report.state() == "ok");
  report.spool.low_space = true;
  CHECK(report.state() == "degraded");
  report.started.reset();
  CHECK(report.state() == "stopped");
}

TEST_CASE("status for people says what cannot be fetched, why, and when it is tried again") {
  const std::string lines = status_lines(status_json(report_of("isp")));
  CHECK_THAT(lines, Contains("isp (taro): failing"));
  CHECK_THAT(lines, Contains("cannot fetch: -ERR <no> \"such\" login at login (login, 3 in a row)"));
  CHECK_THAT(lines, Contains("next try 2023-11-14T22:14:20Z; 0 stored"));
  CHECK_THAT(lines, Contains("desk (taro, deleter)"));
}

TEST_CASE("status for people has the next try and the malformed lines of an account that works, too") {
  StatusReport report = report_of("isp");
  report.accounts[0].state = "ok";
  report.accounts[0].failure.reset();
  CHECK_THAT(status_lines(status_json(report)), Contains("    next try 2023-11-14T22:14:20Z; 0 stored"));
  CHECK_THAT(status_lines(status_json(report)), !Contains("malformed"));
  report.accounts[0].malformed_listed = 3;
  CHECK_THAT(status_lines(status_json(report)), Contains(", 3 malformed lines passed over in its listing\n"));
}

TEST_CASE("status for people tells when most ids changed at once") {
  StatusReport report = report_of("isp");
  CHECK_THAT(status_lines(status_json(report)), !Contains("ids changed"));
  report.accounts[0].ids_changed = at(5);
  CHECK_THAT(status_lines(status_json(report)), Contains("most ids changed at once at 2023-11-14T22:13:25Z"));
}

TEST_CASE("status of another version that lacks fields is shown all the same") {
  CHECK_THAT(status_lines(boost::json::object{{"version", "9"}}), Contains("homespool 9: -"));
}

TEST_CASE("the metrics escape what a label may not hold") {
  const std::string text = metrics_text(report_of("a\"b\\c"));
  CHECK_THAT(text, Contains(R"(homespool_account_up{account="a\"b\\c"} 0)"));
  CHECK_THAT(text, Contains(R"(homespool_messages_fetched_total{account="a\"b\\c"} 7)"));
  CHECK(text.back() == '\n');
}

TEST_CASE("the page for people escapes the server's words") {
  const std::string page = status_page(report_of("isp"));
  CHECK_THAT(page, Contains("-ERR &lt;no&gt; &quot;such&quot; login"));
  CHECK_THAT(page, !Contains("<no>"));
}

TEST_CASE("fetch --json has an object an account, with null for no failure") {
  fetcher::PollReport well;
  well.name = "isp";
  well.state = "ok";
  well.new_messages = 2;
  well.deleted = 1;
  fetcher::PollReport badly = well;
  badly.name = "free";
  badly.state = "refused";
  badly.failure = refused();
  const auto both = fetch_json({well, badly});
  CHECK(boost::json::serialize(both[0]) ==
        R"({"name":"isp","state":"ok","new":2,"duplicates":0,"deleted":1,"failure":null})");
  CHECK(both[1].at("failure").at("class") == "login");
  CHECK(any_failed(both));
  CHECK_FALSE(any_failed(fetch_json({well})));
  CHECK(fetch_lines(both) == "isp: 2 new, 0 known already, 1 deleted upstream\n"
                             "free: 2 new, 0 known already, 1 deleted upstream; cannot fetch: "
                             "-ERR <no> \"such\" login (login at login)\n");
}

TEST_CASE("a request to fetch survives the way over the control socket, and nonsense is refused") {
  const std::vector<std::string> names{"isp", "a \"b\""};
  CHECK(parse_fetch_request(fetch_request(names)) == names);
  for (const char* nonsense : {"", "[]", "{}", "{\"accounts\":1}", "{\"accounts\":[1]}", "{\"accounts\":["}) {
    CHECK_FALSE(parse_fetch_request(nonsense).has_value());
  }
}

TEST_CASE("an exit code comes back from HTTP as it went in") {
  for (const int code : {kExitFailed, kExitTryAgain, kExitBadSettings}) {
    CHECK(exit_code_of(http_status_of(code)) == code);
  }
}

TEST_CASE("a probe's line says whether the login went well") {
  CHECK(probe_line(Probed{"isp", std::nullopt, true}) == "isp: logged in\n");
  CHECK(probe_line(Probed{"isp", std::nullopt, false}) == "isp: switched off, not tried\n");
  CHECK(probe_line(Probed{"isp", refused(), true}) ==
        "isp: cannot log in: -ERR <no> \"such\" login (login at login)\n");
}
