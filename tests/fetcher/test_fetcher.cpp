// The whole room: accounts of a provider on a loopback port, fetched into a real spool.
#include "tests/fetcher/house.hpp"

#include <catch2/catch.hpp>

using namespace homespool;
using namespace homespool::test;
using Fault = UpstreamMail::Fault;

TEST_CASE("everything is fetched once, as it is, with and without pipelining") {
  for (const bool pipelining : {true, false}) {
    test::Upstream upstream;
    upstream.pipelining = pipelining;
    for (int i = 0; i < 600; ++i) upstream.put(letter(i));
    House house(upstream);
    house.open();
    CHECK(house.fetch().new_messages == 600);
    const std::vector<std::string> inbox = house.inbox();
    REQUIRE(inbox.size() == 600);
    CHECK(inbox[0] == body(0));
    CHECK(inbox[599] == body(599));
    CHECK(house.fetch().new_messages == 0);
    CHECK(upstream.retrieved() == 600);
    CHECK(upstream.count() == 600);
    CHECK(house.status().state == "ok");
    CHECK(house.status().stored == 600);
    CHECK(house.status().fetched_total == 600);
    CHECK(house.status().waiting == 0);
  }
}

TEST_CASE("with 0s the provider ends empty once everything is here") {
  test::Upstream upstream;
  for (int i = 0; i < 300; ++i) upstream.put(letter(i));
  House house(upstream);
  house.account().keep_upstream = at_once();
  house.open();
  const auto report = house.fetch();
  CHECK(report.new_messages == 300);
  CHECK(report.deleted == 300);
  CHECK(upstream.count() == 0);
  CHECK(house.inbox().size() == 300);
}

TEST_CASE("a message that comes back after its deletion is deleted again and not stored twice") {
  test::Upstream upstream;
  upstream.quit_fails = true;
  upstream.put(letter(1));
  House house(upstream);
  house.account().keep_upstream = at_once();
  house.open();
  CHECK(house.fetch().failure->step == fetcher::Step::quit);
  CHECK(upstream.count() == 1);
  upstream.quit_fails = false;
  CHECK(house.fetch().deleted == 1);
  CHECK(upstream.count() == 0);
  upstream.put(letter(1));
  const auto again = house.fetch();
  CHECK(again.duplicates == 1);
  CHECK(again.deleted == 1);
  CHECK(house.inbox().size() == 1);
}

TEST_CASE("one message that cannot be had does not stop the rest, and is set aside after three tries") {
  for (const Fault fault : {Fault::refused, Fault::empty, Fault::cut}) {
    test::Upstream upstream;
    upstream.put(letter(1));
    upstream.put(letter(2, fault));
    upstream.put(letter(3));
    House house(upstream);
    house.open();
    for (int i = 0; i < 4; ++i) house.fetch();
    CHECK(house.inbox().size() == 2);
    CHECK(house.status().quarantined == 1);
    CHECK(house.status().state == "ok");
    CHECK(upstream.count() == 3);
    upstream.put(letter(4));
    CHECK(house.fetch().new_messages == 1);
  }
}

TEST_CASE("a message that grows past the limit stays upstream and is told as too large") {
  test::Upstream upstream;
  upstream.put(letter(1, Fault::grows));
  upstream.put(letter(2));
  UpstreamMail large = letter(3);
  large.listed_size = 1 << 30;
  upstream.put(large);
  House house(upstream);
  house.account().largest = 100'000;
  house.open();
  house.fetch();
  CHECK(house.fetch().new_messages + house.status().stored >= 1);
  CHECK(house.inbox().size() == 1);
  CHECK(house.status().too_large == 2);
  CHECK(house.status().state == "ok");
}

TEST_CASE("when all ids change nothing is stored twice and new mail still comes") {
  test::Upstream upstream;
  for (int i = 0; i < 30; ++i) upstream.put(letter(i));
  House house(upstream);
  house.account().keep_upstream = at_once();
  house.account().keep_upstream.after = std::chrono::hours(24);
  house.open();
  house.fetch();
  upstream.rename_ids("moved-");
  upstream.put(letter(99));
  const auto report = house.fetch();
  CHECK(report.new_messages == 1);
  CHECK(report.duplicates == 30);
  CHECK(report.deleted == 0);
  CHECK(house.inbox().size() == 31);
}

TEST_CASE("two entries of one listing are two messages even with the same bytes and the same id") {
  test::Upstream upstream;
  upstream.put(letter(1));
  upstream.put(letter(1));
  UpstreamMail copy = letter(1);
  copy.id = "other";
  upstream.put(copy);
  House house(upstream);
  house.settings.spool.duplicates = config::Duplicates::keep;
  house.open();
  CHECK(house.fetch().new_messages == 3);
  CHECK(house.inbox().size() == 3);
}

TEST_CASE("an id used again for another message brings that message") {
  test::Upstream upstream;
  upstream.put(letter(1));
  House house(upstream);
  house.account().keep_upstream = at_once();
  house.open();
  house.fetch();
  UpstreamMail next = letter(2);
  next.id = "id1";
  upstream.put(next);
  CHECK(house.fetch().new_messages == 1);
  CHECK(house.inbox().size() == 2);
  CHECK(upstream.count() == 0);
}

TEST_CASE("a server without UIDL and TOP is fetched by content, once") {
  test::Upstream upstream;
  upstream.uidl = false;
  for (int i = 0; i < 5; ++i) upstream.put(letter(i));
  House house(upstream);
  house.open();
  CHECK(house.fetch().new_messages == 5);
  upstream.put(letter(5));
  CHECK(house.fetch().new_messages == 1);
  CHECK(house.inbox().size() == 6);
}

TEST_CASE("a server that closes on CAPA is fetched without it") {
  test::Upstream upstream;
  upstream.capa_closes = true;
  upstream.put(letter(1));
  House house(upstream);
  house.open();
  CHECK(house.fetch().new_messages == 1);
}

TEST_CASE("with first_fetch new only what comes later is fetched") {
  test::Upstream upstream;
  for (int i = 0; i < 5; ++i) upstream.put(letter(i));
  House house(upstream);
  house.account().first_fetch = config::FirstFetch::only_new;
  house.open();
  CHECK(house.fetch().new_messages == 0);
  upstream.put(letter(5));
  CHECK(house.fetch().new_messages == 1);
}

TEST_CASE("a refused login is told as such, survives a restart and is forgotten when the account changes") {
  test::Upstream upstream;
  upstream.password = "other";
  upstream.put(letter(1));
  House house(upstream);
  house.open();
  const auto report = house.fetch();
  CHECK(report.state == "refused");
  REQUIRE(bool(report.failure));
  CHECK(report.failure->text == "[AUTH] wrong");
  const auto next = house.status().next_try;
  house.close();
  const int logins = upstream.logins();
  house.open();
  auto reports = house.wait(house.fetcher().fetch_now({"nobody"}));
  REQUIRE_FALSE(bool(reports));
  CHECK(reports.error() == "there is no account named 'nobody'");
  // What was kept is read from the spool: that takes as long as it takes.
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (house.status().state == "starting" && std::chrono::steady_clock::now() < patience)
    std::this_thread::yield();
  CHECK(upstream.logins() == logins);
  REQUIRE(house.status().next_try);
  CHECK(house.status().next_try == next);
  upstream.password = "secret";
  house.account().poll = std::chrono::hours(23);
  house.reload();
  house.clock().advance(std::chrono::seconds(61)); // a host that refused sees one login a minute
  CHECK(house.fetch().new_messages == 1);
  CHECK(house.status().state == "ok");
}

TEST_CASE("a probe logs in and takes nothing") {
  test::Upstream upstream;
  upstream.put(letter(1));
  House house(upstream);
  house.account().enabled = false;
  house.open();
  config::Account account = house.account();
  CHECK_FALSE(house.wait(fetcher::probe(account, house.pool(), house.clock())));
  account.password.text = config::Secret("wrong");
  const auto failure = house.wait(fetcher::probe(account, house.pool(), house.clock()));
  REQUIRE(failure);
  CHECK(failure->kind == fetcher::FailureClass::login);
  CHECK(upstream.retrieved() == 0);
  CHECK(house.fetch().state == "paused");
  CHECK(house.status().state == "paused");
}
