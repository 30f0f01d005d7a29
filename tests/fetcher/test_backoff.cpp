#include "fetcher/account/backoff.hpp"
#include "fetcher/account/health.hpp"
#include "fetcher/account/host_breakers.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace homespool;
using namespace homespool::fetcher;
using namespace std::chrono_literals;
using std::chrono::seconds;

namespace {

struct Row {
  FailureClass kind;
  seconds first, cap;
};
const Row kTable[] = {
    {FailureClass::busy, 2min, 30min},    {FailureClass::rate, 15min, 6h},
    {FailureClass::temporary, 1min, 1h},  {FailureClass::network, 30s, 15min},
    {FailureClass::login, 15min, 12h},    {FailureClass::tls, 1h, 6h},
    {FailureClass::message, 1min, 15min},
};

BackoffInput input(FailureClass kind, std::uint32_t failures, std::uint64_t random = 0) {
  BackoffInput in;
  in.kind = kind;
  in.failures = failures;
  in.ever_worked = true;
  in.random = random;
  return in;
}

} // namespace

TEST_CASE("a wait lies between a tenth of its bound and the bound, whatever the random number") {
  for (const Row& row : kTable) {
    for (const std::uint64_t random :
         {std::uint64_t{0}, std::uint64_t{12345}, std::numeric_limits<std::uint64_t>::max()}) {
      const auto first = wait_before_retry(input(row.kind, 1, random));
      CHECK(first >= row.first / 10);
      CHECK(first <= row.first);
      const auto late = wait_before_retry(input(row.kind, 1'000'000, random));
      CHECK(late >= row.cap / 10);
      CHECK(late <= row.cap);
    }
  }
}

TEST_CASE("the bound of a wait doubles with each failure") {
  const auto largest = [](std::uint32_t failures) {
    std::chrono::milliseconds most{0};
    for (std::uint64_t random = 0; random < 5'000'000; random += 997) {
      most = std::max(most, wait_before_retry(input(FailureClass::temporary, failures, random)));
    }
    return most;
  };
  CHECK(largest(1) > 59s);
  CHECK(largest(2) > 118s);
  CHECK(largest(3) > 236s);
  CHECK(largest(3) <= 240s);
}

TEST_CASE("a wait that the server suggested is kept to") {
  BackoffInput in = input(FailureClass::rate, 5, 77);
  in.suggested = 900s;
  in.wait_by_code = true;
  CHECK(wait_before_retry(in) >= 900s);
  CHECK(wait_before_retry(in) <= 991s);
}

TEST_CASE("a wait that is read from words is a minute at least, and doubles when it did not help") {
  BackoffInput in = input(FailureClass::rate, 1, 77);
  in.suggested = 7s;
  CHECK(wait_before_retry(in) >= 60s);
  CHECK(wait_before_retry(in) <= 67s);
  in.failures = 3;
  CHECK(wait_before_retry(in) >= 240s);
  in.suggested = 15min;
  in.failures = 100;
  CHECK(wait_before_retry(in) >= 6h);
  CHECK(wait_before_retry(in) <= 7h);
}

TEST_CASE("failures of another class do not lengthen a wait, and a new login has three tries in all") {
  spool::AccountHealth health;
  PollEnd end;
  end.failure.emplace();
  end.failure->kind = FailureClass::temporary;
  std::uint32_t waits = 0;
  const auto fail = [&](FailureClass kind) {
    end.failure->kind = kind;
    const auto failure = note_poll(health, end);
    return counted_failures(health, *failure, waits);
  };
  CHECK(fail(FailureClass::temporary) == 1);
  CHECK(fail(FailureClass::temporary) == 2);
  CHECK(fail(FailureClass::login) == 1);
  CHECK(fail(FailureClass::temporary) == 1);
  CHECK(fail(FailureClass::login) == 2);
  CHECK(fail(FailureClass::busy) == 1);
  CHECK(fail(FailureClass::login) == 3);
  health.ever_worked = true;
  CHECK(fail(FailureClass::busy) == 1);
  CHECK(fail(FailureClass::login) == 1);
  waits = 0; // forgotten, as by `fetch`
  CHECK(fail(FailureClass::login) == 1);
}

TEST_CASE("a login that never worked is tried three times and then once a day") {
  BackoffInput in = input(FailureClass::login, 2);
  in.ever_worked = false;
  CHECK(wait_before_retry(in) <= 15min);
  in.failures = 3;
  CHECK(wait_before_retry(in) >= 21h);
  in.failures = 100;
  CHECK(wait_before_retry(in) <= 24h);
}

TEST_CASE("a full disk is looked at again within a minute") {
  CHECK(wait_before_retry(input(FailureClass::local, 1)) == 20s);
  CHECK(wait_before_retry(input(FailureClass::local, 50)) == 20s);
}

TEST_CASE("a host that refused a login sees one a minute until it accepts one") {
  HostBreakers hosts;
  const net::Steady::time_point now{1000h};
  CHECK(hosts.ask("a:110", now) == 0s);
  hosts.refused("a:110", now);
  CHECK(hosts.ask("a:110", now) == 60s);
  CHECK(hosts.ask("b:110", now) == 0s);
  CHECK(hosts.ask("a:110", now + 60s) == 0s);
  CHECK(hosts.ask("a:110", now + 61s) == 59s);
  hosts.accepted("a:110");
  CHECK(hosts.ask("a:110", now + 61s) == 0s);
}

TEST_CASE("an account that was never refused waits for the refusals of others only when there were several") {
  using Turn = HostBreakers::Turn;
  constexpr auto kClean = HostBreakers::Record::clean;
  HostBreakers hosts;
  const net::Steady::time_point now{1000h};
  for (unsigned refusals = 1; refusals <= HostBreakers::kTolerated; ++refusals) {
    hosts.refused("a:110", now + 1s);
    const bool waits = refusals == HostBreakers::kTolerated;
    CHECK(hosts.ask("a:110", now + 2s, kClean) == (waits ? 59s : 0s));
    CHECK(hosts.enter("a:110", now, now + 2s, kClean) == (waits ? Turn::too_late : Turn::go));
    CHECK(hosts.ask("a:110", now + 2s) == 59s);
  }
  hosts.accepted("a:110");
  CHECK(hosts.ask("a:110", now + 2s, kClean) == 0s);
}

TEST_CASE("a host of which nothing is known sees one login at a time") {
  using Turn = HostBreakers::Turn;
  HostBreakers hosts;
  const net::Steady::time_point now{1000h};
  CHECK(hosts.enter("a:110", now, now) == Turn::go);
  CHECK(hosts.enter("a:110", now, now + 1s) == Turn::wait);
  CHECK(hosts.enter("b:110", now, now + 1s) == Turn::go);
  hosts.unsettled("a:110"); // the line broke
  CHECK(hosts.enter("a:110", now, now + 2s) == Turn::go);
  CHECK(hosts.enter("a:110", now, now + 21s) == Turn::wait);
  CHECK(hosts.enter("a:110", now, now + 22s) == Turn::go); // that login may take a while yet
  hosts.refused("a:110", now + 23s);
  CHECK(hosts.enter("a:110", now, now + 24s) == Turn::too_late);
  CHECK(hosts.ask("a:110", now + 24s) == 59s);
  CHECK(hosts.ask("a:110", now + 83s) == 0s);
  CHECK(hosts.enter("a:110", now + 83s, now + 84s) == Turn::go);
  hosts.accepted("b:110");
  CHECK(hosts.enter("b:110", now, now + 1s) == Turn::go);
  CHECK(hosts.enter("b:110", now, now + 1s) == Turn::go);
}

TEST_CASE("the network is lost when every account fails by it, and back when one does not") {
  NetworkWatch watch;
  CHECK(watch.note("a", false) == NetworkWatch::News::none);
  CHECK(watch.note("b", true) == NetworkWatch::News::none);
  CHECK(watch.note("a", true) == NetworkWatch::News::lost);
  CHECK(watch.note("b", true) == NetworkWatch::News::none);
  CHECK(watch.note("b", false) == NetworkWatch::News::back);
}

TEST_CASE("health counts failures of one class in a row and is clean after a success") {
  spool::AccountHealth health;
  PollEnd end;
  end.failure.emplace();
  end.failure->text = "connection refused";
  end.ended = WallTime(100s);
  CHECK(note_poll(health, end)->count == 1);
  end.ended = WallTime(200s);
  CHECK(note_poll(health, end)->count == 2);
  CHECK(health.state == "failing");
  CHECK(health.since == WallTime(100s));
  CHECK(kept_failure(health)->text == "connection refused");
  end.failure->kind = FailureClass::login;
  CHECK(note_poll(health, end)->count == 1);
  CHECK(health.state == "refused");
  CHECK_FALSE(health.ever_worked);
  end.failure.reset();
  end.listed = true;
  CHECK_FALSE(note_poll(health, end));
  CHECK(health.state == "ok");
  CHECK(health.ever_worked);
  CHECK_FALSE(kept_failure(health));
}

TEST_CASE("after a restart an account is tried when it would have been, or at once if that is past") {
  spool::AccountHealth health;
  const WallTime now(10'000s);
  CHECK(first_try(health, 300s, now) == now);
  health.last_attempt = now - 5s;
  health.next_try = now + 3000s;
  health.state = "refused";
  CHECK(first_try(health, 300s, now) == now + 3000s);
  health.state = "ok";
  health.next_try = now + 295s;
  CHECK(first_try(health, 300s, now) == now + 295s);
  CHECK(first_try(health, 60s, now) == now + 55s); // the settings ask for more polls now
  health.last_attempt = now - 400s;
  health.next_try = now - 100s;
  CHECK(first_try(health, 300s, now) == now);
  health.state = "failing";
  health.next_try = now + 1000h;
  CHECK(first_try(health, 300s, now) <= now + 27h);
}
