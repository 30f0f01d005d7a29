// The ledger after undelete_for: nothing is fetched twice, nothing forgotten upstream.
#include "spool/retention/dead_space.hpp"
#include "spool/retention/expiry.hpp"
#include "tests/spool/provider_fixture.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool;
using test::Duplicates;
using test::Provider;
using test::SpoolFixture;

namespace {

const std::string kOne = "Subject: one\r\n\r\nbody\r\n", kTwo = "Subject: two\r\n\r\nbody\r\n";

void delete_all(SpoolFixture& spool) {
  const MailboxId inbox = spool.folder("INBOX");
  UidSet all;
  all.add(Uid{1}, Uid{0xffffffff});
  REQUIRE(spool.store(inbox, all, FlagChange::add, Flags::kDeleted).has_value());
  REQUIRE(spool.run(spool.spool().expunge(inbox, {}, "desk")).has_value());
}

void keep_up(SpoolFixture& spool) {
  while (spool.run(spool.store().upkeep()).value() == Left::more) {
  }
}

void expire_all(SpoolFixture& spool) {
  delete_all(spool);
  spool.now += std::chrono::hours(24 * 31);
  keep_up(spool);
}

} // namespace

TEST_CASE("A message whose bytes were given up is known to be deleted here, and is not fetched again") {
  SpoolFixture spool;
  Provider isp(spool, "isp");
  isp.lists = {"a", "b"};
  isp.give({{"a", kOne}, {"b", kTwo}});
  expire_all(spool);
  CHECK(isp.ledger() == "a=stored1! b=stored2!");
  CHECK(isp.give({{"a", kOne}}) == Duplicates{true});
  spool.reopen();
  CHECK(isp.ledger() == "a=stored1! b=stored2!");
  CHECK(spool.spool().ledger_counts("isp").stored == 2);
}

TEST_CASE("A renumbered mailbox brings nothing back that was given up") {
  SpoolFixture spool;
  Provider isp(spool, "isp");
  isp.lists = {"a", "b"};
  isp.give({{"a", kOne}, {"b", kTwo}});
  expire_all(spool);
  isp.lists = {"c", "d", "e"};
  CHECK(isp.give({{"c", kOne}, {"d", kTwo}, {"e", kTwo}}) == Duplicates{true, true, false});
  CHECK(isp.ledger() == "a=gone1! b=gone2! c=stored1! d=stored2! e=stored3");
}

TEST_CASE("What is long gone upstream is forgotten, and what is listed is not") {
  SpoolFixture spool;
  Provider isp(spool, "isp");
  isp.lists = {"a", "b"};
  isp.give({{"a", kOne}, {"b", kTwo}});
  expire_all(spool);
  auto entries = spool.run(spool.spool().ledger("isp")).value();
  entries.resize(1);
  entries[0].state = LedgerState::gone;
  REQUIRE_FALSE(spool.run(spool.spool().update_ledger("isp", entries)));
  spool.now += kGoneRemembered - std::chrono::hours(1);
  REQUIRE_FALSE(spool.run(spool.spool().update_ledger("isp", entries))); // written again: gone since then
  keep_up(spool);
  CHECK(isp.ledger() == "a=gone1! b=stored2!");
  spool.now += std::chrono::hours(1);
  keep_up(spool);
  CHECK(isp.ledger() == "b=stored2!");
  CHECK(spool.spool().ledger_counts("isp").stored == 1);
  spool.reopen();
  CHECK(spool.spool().ledger_counts("isp").stored == 1);
  isp.lists = {"b", "c"};
  CHECK(isp.give({{"c", kTwo}}) == Duplicates{false}); // two of one listing are two
}

TEST_CASE("A message that the ledger forgot is still one if it is here") {
  SpoolFixture spool;
  Provider isp(spool, "isp");
  isp.lists = {"a"};
  isp.give({{"a", kOne}});
  auto entries = spool.run(spool.spool().ledger("isp")).value();
  entries[0].state = LedgerState::gone;
  REQUIRE_FALSE(spool.run(spool.spool().update_ledger("isp", entries)));
  spool.now += kGoneRemembered;
  keep_up(spool);
  CHECK(isp.ledger().empty());
  CHECK(isp.give({{"a", kOne}}) == Duplicates{true});
}
