// What is not to be believed at once: nothing is deleted upstream, skipped or doubled by it.
#include "fetcher/poll/committer.hpp"
#include "fetcher/poll/remove.hpp"
#include "tests/fetcher/dialog.hpp"
#include "tests/fetcher/house.hpp"

#include <catch2/catch.hpp>

using namespace homespool;
using namespace homespool::test;

namespace {

net::Awaitable<std::string> fault_of_throwing_commit(spool::Spool* spool, net::WorkerPool* pool) {
  const auto executor = co_await boost::asio::this_coro::executor;
  net::TaskGroup group(executor, [](std::exception_ptr) {});
  const fetcher::ListedIds throws = [](std::size_t) -> std::shared_ptr<const spool::StillListed> {
    throw std::runtime_error("no memory");
  };
  const fetcher::Committer::Tools tools{*spool, *pool, group};
  const auto committer =
      std::make_shared<fetcher::Committer>(tools, executor, "isp", spool::MailboxId{}, throws);
  spool::Incoming message(*spool);
  message.append("Subject: x\r\n\r\n");
  std::vector<fetcher::Arrival> batch;
  batch.push_back(fetcher::Arrival{0, 0, spool::Fetched{std::move(message), "id", 0, 14}});
  co_await committer->submit(std::move(batch));
  co_await committer->drain();
  co_await group.join();
  const bool stored = !committer->stored().empty();
  co_return stored || !committer->fault() ? std::string("no fault") : committer->fault()->text;
}

} // namespace

TEST_CASE("a refusal of UIDL does not bring what was left alone") {
  for (const char* const refusal : {"-ERR [SYS/TEMP] later\r\n", "-ERR what\r\n"}) {
    test::Upstream upstream;
    for (int i = 0; i < 5; ++i) upstream.put(letter(i));
    House house(upstream);
    house.account().first_fetch = config::FirstFetch::only_new;
    house.account().keep_upstream = at_once();
    house.open();
    CHECK(house.fetch().new_messages == 0);
    upstream.uidl_refusal = refusal;
    for (int i = 0; i < 8; ++i) {
      const auto report = house.fetch();
      REQUIRE(report.failure);
      CHECK(report.failure->step == fetcher::Step::listing);
    }
    upstream.uidl_refusal.clear();
    CHECK_FALSE(house.fetch().failure);
    CHECK(upstream.count() == 5);
    CHECK(upstream.retrieved() == 0);
  }
}

TEST_CASE("a server that has no UIDL any more is fetched by content after a while") {
  test::Upstream upstream;
  upstream.put(letter(1));
  House house(upstream);
  house.open();
  CHECK(house.fetch().new_messages == 1);
  upstream.uidl_refusal = "-ERR what\r\n";
  upstream.put(letter(2));
  std::uint64_t arrived = 0;
  for (int i = 0; i < 6; ++i) arrived += house.fetch().new_messages;
  CHECK(arrived == 1);
  CHECK(house.inbox().size() == 2);
  CHECK(house.status().state == "ok");
}

TEST_CASE("when all ids change nothing is deleted upstream in that poll, and status tells of it") {
  test::Upstream upstream;
  for (int i = 0; i < 12; ++i) upstream.put(letter(i));
  House house(upstream);
  house.account().first_fetch = config::FirstFetch::only_new;
  house.account().keep_upstream = at_once();
  house.open();
  CHECK(house.fetch().new_messages == 0);
  upstream.rename_ids("moved-");
  UpstreamMail fresh = letter(99);
  fresh.body += "longer\r\n";
  upstream.put(fresh);
  CHECK_FALSE(house.status().ids_changed);
  const auto report = house.fetch();
  CHECK(report.new_messages == 1);
  CHECK(report.deleted == 0);
  CHECK(upstream.count() == 13);
  CHECK(house.status().ids_changed);
  CHECK(house.fetch().deleted == 1); // the one that is here
  CHECK(upstream.count() == 12);
}

TEST_CASE("with first_fetch new a first listing that is not whole is waited for") {
  test::Upstream upstream;
  for (int i = 0; i < 5; ++i) upstream.put(letter(i));
  upstream.uidl_empty = true;
  House house(upstream);
  house.account().first_fetch = config::FirstFetch::only_new;
  house.account().keep_upstream = at_once();
  house.open();
  for (int i = 0; i < 4; ++i) {
    const auto report = house.fetch();
    REQUIRE(report.failure);
    CHECK(report.failure->kind == fetcher::FailureClass::temporary);
    CHECK(report.failure->step == fetcher::Step::listing);
  }
  upstream.uidl_empty = false;
  CHECK(house.fetch().new_messages == 0);
  CHECK(upstream.count() == 5);
  upstream.put(letter(6));
  CHECK(house.fetch().new_messages == 1);
}

TEST_CASE("with first_fetch new a server that always miscounts is believed at last") {
  test::Upstream upstream;
  upstream.put(letter(1));
  upstream.stat_adds = 1;
  House house(upstream);
  house.account().first_fetch = config::FirstFetch::only_new;
  house.open();
  CHECK(house.fetch().failure);
  CHECK(house.fetch().failure);
  CHECK_FALSE(house.fetch().failure);
  CHECK(house.inbox().empty());
}

TEST_CASE("without UIDL and TOP a second message with the same bytes is a message") {
  test::Upstream upstream;
  upstream.uidl = false;
  upstream.put(letter(1));
  House house(upstream);
  house.settings.spool.duplicates = config::Duplicates::keep;
  house.open();
  CHECK(house.fetch().new_messages == 1);
  CHECK(house.fetch().new_messages == 0);
  upstream.put(letter(1));
  CHECK(house.fetch().new_messages == 1);
  CHECK(house.fetch().new_messages == 0);
  CHECK(house.inbox().size() == 2);
}

TEST_CASE("what is kept upstream for a while is deleted there, whatever the server names it") {
  for (const bool uidl : {true, false}) {
    test::Upstream upstream;
    upstream.uidl = uidl;
    for (int i = 0; i < 12; ++i) upstream.put(letter(i));
    House house(upstream);
    house.account().keep_upstream = at_once();
    house.account().keep_upstream.after = std::chrono::hours(1);
    house.open();
    CHECK(house.fetch().new_messages == 12);
    std::uint64_t deleted = 0;
    for (int i = 0; i < 4; ++i) {
      if (uidl) upstream.rename_ids("s");
      CHECK(upstream.count() == 12 - deleted);
      deleted += house.fetch().deleted;
      house.clock().advance(std::chrono::minutes(30));
    }
    CHECK(deleted == 12);
    CHECK(house.inbox().size() == 12);
  }
}

TEST_CASE("a message that was missing is not deleted upstream before it was compared") {
  test::Upstream upstream;
  upstream.put(letter(1));
  upstream.put(letter(2));
  House house(upstream);
  house.account().keep_upstream = at_once();
  house.account().keep_upstream.after = std::chrono::hours(1);
  house.open();
  CHECK(house.fetch().new_messages == 2);
  house.clock().advance(std::chrono::minutes(30));
  upstream.take_out("id1");
  CHECK_FALSE(house.fetch().failure);
  UpstreamMail other = letter(7, UpstreamMail::Fault::cut); // of the same size, under the same id
  other.id = "id1";
  upstream.put(other);
  house.clock().advance(std::chrono::minutes(31));
  house.fetch();
  CHECK(house.fetch().deleted == 0);
  const auto ids = upstream.ids();
  CHECK(std::count(ids.begin(), ids.end(), "id1") == 1);
  upstream.clear_faults();
  CHECK(house.fetch().new_messages == 1);
  CHECK(house.inbox().size() == 3);
}

TEST_CASE("a commit that throws is a fault, and nothing of its batch counts as stored") {
  test::Upstream upstream;
  House house(upstream);
  house.account().enabled = false;
  house.open();
  CHECK(house.wait(fault_of_throwing_commit(&house.spool(), &house.pool())) ==
        "an unexpected error: no memory");
}

TEST_CASE("a line that came while mail was written down is not taken for the answer to DELE") {
  test::Upstream upstream;
  House house(upstream);
  house.open();
  boost::asio::io_context io(1);
  test::MemoryPeer server(io.get_executor());
  server.send("+OK stray\r\n");
  fetcher::Connection connection(server.take(), house.clock());
  fetcher::Removal removal;
  removal.number = 1;
  removal.entry.uidl = "id1";
  removal.seen = true;
  const fetcher::RemoveTools tools{connection, true, house.spool(), house.pool()};
  const auto result = test::run(io, fetcher::remove_and_quit(tools, "isp", {removal}));
  REQUIRE(result.failure);
  CHECK(result.failure->step == fetcher::Step::remove);
  CHECK(result.deleted == 0);
  CHECK(server.received().empty());
}

TEST_CASE("a message that was lost here is fetched again, and deleted upstream only then") {
  const bool known = GENERATE(true, false); // somebody read it, or nobody did
  test::Upstream upstream;
  upstream.put(letter(1));
  House house(upstream);
  house.account().keep_upstream = at_once();
  house.account().keep_upstream.after = std::chrono::hours(24 * 14);
  house.account().poll = std::chrono::hours(24 * 365);
  house.open();
  CHECK(house.fetch().new_messages == 1);
  house.close();
  {
    std::fstream pack(house.folder() / "packs/000001.pack", std::ios::in | std::ios::out | std::ios::binary);
    pack.seekp(300);
    pack.put('!');
  }
  house.open();
  if (known) {
    const auto folder = house.spool().find_mailbox("taro", "INBOX");
    const auto inbox = house.wait(house.spool().snapshot(folder->id));
    CHECK_FALSE(house.spool().make_reader()->bytes((**inbox)[0].id, 1 << 20));
    CHECK(house.ledger().front().lost);
  }
  house.clock().advance(std::chrono::hours(24 * 15));
  upstream.refuse_retr(true);
  for (int i = 0; i < 2; ++i) { // the first notes it, if nobody did
    CHECK(house.fetch().deleted == 0);
    CHECK(upstream.count() == 1);
    CHECK(house.ledger().front().lost);
  }
  upstream.refuse_retr(false);
  const auto report = house.fetch();
  CHECK(report.duplicates == 1);
  CHECK(report.deleted == 1);
  CHECK(upstream.count() == 0);
  CHECK(house.inbox() == std::vector<std::string>{body(1)});
}
