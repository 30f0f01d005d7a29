#include "spool/rebuild/rebuild.hpp"
#include "spool/rebuild/snapshot.hpp"
#include "tests/spool/provider_fixture.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool;
using test::Duplicates;
using test::Provider;
using test::SpoolFixture;

namespace {

const std::string kOne = "Subject: one\r\n\r\nbody\r\n", kTwo = "Subject: two\r\n\r\nbody\r\n";

} // namespace

TEST_CASE("What is fetched again under the same id is here already") {
  SpoolFixture spool;
  Provider isp(spool, "isp");
  isp.lists = {"a", "b"};
  CHECK(isp.give({{"a", kOne}, {"b", kTwo}}) == Duplicates{false, false});
  CHECK(isp.give({{"a", kOne}}) == Duplicates{true});
  CHECK(spool.snapshot(spool.folder("INBOX"))->size() == 2);
  CHECK(isp.ledger() == "a=stored1 b=stored2");
  CHECK(spool.spool().ledger_counts("isp").stored == 2);
}

TEST_CASE("A renumbered mailbox brings no second copy") {
  SpoolFixture spool;
  Provider isp(spool, "isp");
  isp.lists = {"a", "b"};
  isp.give({{"a", kOne}, {"b", kTwo}});
  isp.lists = {"c", "d"};
  CHECK(isp.give({{"c", kOne}}) == Duplicates{true});
  CHECK(isp.give({{"d", kTwo}}) == Duplicates{true});
  CHECK(isp.ledger() == "a=gone1 b=gone2 c=stored1 d=stored2");
  CHECK(spool.snapshot(spool.folder("INBOX"))->size() == 2);
  CHECK(spool.spool().ledger_counts("isp").stored == 2);
}

TEST_CASE("Two entries of one listing are two messages, renumbered or not") {
  SpoolFixture spool;
  Provider isp(spool, "isp");
  isp.lists = {"a", "b"};
  CHECK(isp.give({{"a", kOne}, {"b", kOne}}) == Duplicates{false, false});
  isp.lists = {"c", "d", "e"};
  CHECK(isp.give({{"c", kOne}, {"d", kOne}, {"e", kOne}}) == Duplicates{true, true, false});
  CHECK(isp.ledger() == "a=gone1 b=gone2 c=stored1 d=stored2 e=stored3");
}

TEST_CASE("An id that is used again for a new message brings the new message") {
  SpoolFixture spool;
  Provider isp(spool, "isp");
  isp.lists = {"1"};
  isp.give({{"1", kOne}});
  CHECK(isp.give({{"1", kTwo}}) == Duplicates{false});
  isp.lists = {"1", "2"};
  CHECK(isp.give({{"2", kOne}}) == Duplicates{true});
  CHECK(spool.snapshot(spool.folder("INBOX"))->size() == 2);
}

TEST_CASE("Where nothing but its place names a message, a second one with the same bytes is a message") {
  SpoolFixture spool;
  spool.duplicates = homespool::config::Duplicates::keep;
  spool.reopen();
  Provider isp(spool, "isp"); // lists nothing that is sure
  CHECK(isp.give({{"", kOne}}) == Duplicates{false});
  CHECK(isp.give({{"", kOne}}) == Duplicates{true});
  CHECK(isp.give({{"", kOne}, {"", kOne}}) == Duplicates{true, false});
  CHECK(isp.give({{"", kOne}, {"", kOne}}) == Duplicates{true, true});
  CHECK(isp.give({{"", kTwo}, {"", kOne}, {"", kOne}}) == Duplicates{false, true, true});
  CHECK(spool.snapshot(spool.folder("INBOX"))->size() == 3);
}

TEST_CASE("What is known by its content has been stored since its first id") {
  SpoolFixture spool;
  Provider isp(spool, "isp");
  isp.lists = {"a"};
  isp.give({{"a", kOne}});
  const auto first = spool.run(spool.spool().ledger("isp")).value()[0].stored_at;
  for (const char* const next : {"b", "c"}) {
    spool.now += std::chrono::hours(24);
    isp.lists = {next};
    CHECK(isp.give({{next, kOne}}) == Duplicates{true});
  }
  const auto entries = spool.run(spool.spool().ledger("isp")).value();
  REQUIRE(entries.size() == 3);
  CHECK(entries[2].uidl == "c");
  CHECK(entries[2].stored_at == first);
}

TEST_CASE("A long ledger is read whole, in order") {
  SpoolFixture spool;
  std::vector<LedgerEntry> entries;
  for (int i = 0; i < 9000; ++i) {
    LedgerEntry entry;
    entry.uidl = i < 5000 ? std::to_string(100000 + i) : std::string(1, '\xff');
    entry.occurrence = static_cast<std::uint32_t>(i < 5000 ? 0 : i - 5000);
    entries.push_back(entry);
  }
  REQUIRE_FALSE(spool.run(spool.spool().update_ledger("isp", entries)));
  const auto read = spool.run(spool.spool().ledger("isp")).value();
  REQUIRE(read.size() == 9000);
  for (std::size_t i = 0; i < read.size(); ++i) {
    if (read[i].uidl != entries[i].uidl || read[i].occurrence != entries[i].occurrence) FAIL(i);
  }
}

TEST_CASE("The header lines that servers rewrite make no new message") {
  SpoolFixture spool;
  Provider isp(spool, "isp");
  isp.lists = {"a"};
  isp.give({{"a", "Subject: x\r\nStatus: O\r\n\r\nbody\r\n"}});
  isp.lists = {"b"};
  CHECK(isp.give({{"b", "X-UIDL: 77\r\nSubject: x\r\nStatus: RO\r\n\r\nbody\r\n"}}) == Duplicates{true});
  isp.lists = {"c"};
  CHECK(isp.give({{"c", "Subject: x\r\nStatus: RO\r\n\r\nBody\r\n"}}) == Duplicates{false});
}

TEST_CASE("The same message through two accounts of one user is one, if duplicates collapse") {
  for (const auto setting : {homespool::config::Duplicates::collapse, homespool::config::Duplicates::keep}) {
    SpoolFixture spool;
    spool.duplicates = setting;
    spool.reopen();
    const bool collapse = setting == homespool::config::Duplicates::collapse;
    Provider isp(spool, "isp"), work(spool, "work");
    isp.lists = {"a"};
    work.lists = {"x", "y"};
    isp.give({{"a", kOne}});
    CHECK(work.give({{"x", kOne}, {"y", kOne}}) == Duplicates{collapse, false});
    CHECK(isp.ledger() == "a=stored1");
  }
}

TEST_CASE("The same message through another account is known after the index was lost too") {
  SpoolFixture spool;
  Provider isp(spool, "isp"), work(spool, "work");
  isp.lists = {"a"};
  work.lists = {"x"};
  const std::string mail = "Message-ID: <1@x>\r\nFrom: a@x\r\nSubject: s\r\n\r\nbody\r\n";
  isp.give({{"a", "Received: by isp\r\n" + mail}});
  spool.close();
  std::filesystem::remove(spool.directory() / "index.db");
  std::filesystem::remove(spool.directory() / kSnapshotName);
  REQUIRE(rebuild_index(spool.directory(), std::chrono::sys_seconds{}, [](auto...) {}).has_value());
  spool.open();
  CHECK(work.give({{"x", "Received: by work\r\n" + mail}}) == Duplicates{true});
}

TEST_CASE("What was deleted here does not come back, and the ledger knows") {
  SpoolFixture spool;
  Provider isp(spool, "isp");
  isp.lists = {"a"};
  isp.give({{"a", kOne}});
  const MailboxId inbox = spool.folder("INBOX");
  Pop3Update update;
  update.user = "taro";
  update.login = "taro-desk";
  update.deleted = {(*spool.snapshot(inbox))[0].id};
  REQUIRE_FALSE(spool.run(spool.spool().pop3_quit(update)));
  CHECK(isp.ledger() == "a=stored1!");
  isp.lists = {"b"};
  CHECK(isp.give({{"b", kOne}}) == Duplicates{true});
  CHECK(isp.ledger() == "a=gone1! b=stored1!");
  CHECK(spool.snapshot(inbox)->size() == 0);
}

TEST_CASE("A message that lives on in another folder is not deleted here") {
  SpoolFixture spool;
  Provider isp(spool, "isp");
  isp.lists = {"a"};
  isp.give({{"a", kOne}});
  const MailboxId inbox = spool.folder("INBOX"), archive = spool.folder("Archive");
  REQUIRE(spool.run(spool.spool().copy(inbox, test::uids({1}), archive)).has_value());
  REQUIRE(spool.store(inbox, test::uids({1}), FlagChange::add, Flags::kDeleted).has_value());
  REQUIRE(spool.run(spool.spool().expunge(inbox, {}, "taro-desk")).has_value());
  CHECK(isp.ledger() == "a=stored1");
}

TEST_CASE("The ledger keeps every field, and its counts follow") {
  SpoolFixture spool;
  LedgerEntry entry;
  entry.uidl = std::string("\xff\0x", 3);
  entry.occurrence = 1;
  entry.state = LedgerState::listed;
  entry.size = 77;
  entry.tries = 2;
  entry.first_seen = std::chrono::sys_seconds{std::chrono::seconds{5}};
  entry.last_try = std::chrono::sys_seconds{std::chrono::seconds{6}};
  entry.reason = "-ERR";
  REQUIRE_FALSE(spool.run(spool.spool().update_ledger("isp", {entry})));
  CHECK(spool.spool().ledger_counts("isp").waiting == 1);
  entry.state = LedgerState::quarantined;
  REQUIRE_FALSE(spool.run(spool.spool().update_ledger("isp", {entry})));
  spool.reopen();
  CHECK(spool.spool().ledger_counts("isp").waiting == 0);
  CHECK(spool.spool().ledger_counts("isp").quarantined == 1);
  const auto entries = spool.run(spool.spool().ledger("isp")).value();
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].uidl == entry.uidl);
  CHECK(entries[0].occurrence == 1);
  CHECK(entries[0].state == LedgerState::quarantined);
  CHECK(entries[0].size == 77);
  CHECK(entries[0].tries == 2);
  CHECK(entries[0].first_seen == entry.first_seen);
  CHECK(entries[0].last_try == entry.last_try);
  CHECK(entries[0].reason == "-ERR");
  CHECK_FALSE(entries[0].record);
  CHECK(spool.run(spool.spool().ledger("other")).value().empty());
}

TEST_CASE("How an account fares and when clients came survive a restart") {
  SpoolFixture spool;
  AccountHealth health;
  health.state = "failing";
  health.next_try = std::chrono::sys_seconds{std::chrono::seconds{99}};
  health.failure_text = "-ERR no";
  health.failure_count = 3;
  CHECK(spool.run(spool.spool().account_health("isp")).value().state == "starting");
  REQUIRE_FALSE(spool.run(spool.spool().save_account_health("isp", health)));
  spool.spool().note_client("taro-desk", "imap");
  spool.spool().count_delete("taro-desk", true, 2);
  spool.reopen();
  const auto found = spool.run(spool.spool().account_health("isp")).value();
  CHECK(found.state == "failing");
  CHECK(found.next_try == health.next_try);
  CHECK_FALSE(found.last_success);
  CHECK(found.failure_text == "-ERR no");
  CHECK(found.failure_count == 3);
  const auto clients = spool.spool().clients();
  REQUIRE(clients.size() == 1);
  CHECK(clients[0].protocol == "imap");
  CHECK(clients[0].refused_deletes == 2);
  CHECK(clients[0].last_seen == std::chrono::floor<std::chrono::seconds>(spool.now()));
}
