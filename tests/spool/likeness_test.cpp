// The same message through two accounts of one user.
#include "spool/incoming/likeness.hpp"
#include "spool/retention/dead_space.hpp"
#include "tests/spool/provider_fixture.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool;
using homespool::config::Duplicates;
using test::Provider;
using test::SpoolFixture;
using Given = test::Duplicates;

namespace {

struct Fields {
  std::string id = "<1@example.org>", from = "Ann <ann@example.org>", date = "Mon, 2 Jan 2023 10:00:00 +0000",
              subject = "Hello", body = "body\r\n", received = "by isp.example";
};

std::string message(const Fields& fields) {
  return "Received: " + fields.received + "\r\nMessage-ID: " + fields.id + "\r\nFrom: " + fields.from +
         "\r\nDate: " + fields.date + "\r\nSubject: " + fields.subject + "\r\n\r\n" + fields.body;
}

std::string through(std::string received, Fields fields = {}) {
  fields.received = std::move(received);
  return message(fields);
}

} // namespace

TEST_CASE("Message-ID, sender, date, subject and body make a message, whatever else its header says") {
  const auto hash = [](const std::string& text) { return likeness(text, text.find("\r\n\r\n") + 4, 7); };
  const auto one = hash(through("by a"));
  CHECK(one == hash(through("by b\r\nX-Spam: no")));
  Fields folded;
  folded.subject = "Hel\r\n lo";
  Fields spaced;
  spaced.subject = "Hel  lo";
  CHECK(hash(message(folded)) == hash(message(spaced)));
  for (const auto field : {&Fields::id, &Fields::from, &Fields::date, &Fields::subject, &Fields::body}) {
    Fields other;
    other.*field += "x";
    CHECK(one != hash(message(other)));
  }
  CHECK_FALSE(hash("Subject: x\r\n\r\nbody\r\n"));
  CHECK_FALSE(hash("Message-ID: \r\n\r\nbody\r\n"));
}

TEST_CASE("What two providers gave with header lines of their own is one message with two origins") {
  for (const auto setting : {Duplicates::collapse, Duplicates::keep}) {
    SpoolFixture spool;
    spool.duplicates = setting;
    spool.reopen();
    const bool collapse = setting == Duplicates::collapse;
    Provider isp(spool, "isp"), work(spool, "work");
    isp.lists = {"a"};
    work.lists = {"x"};
    isp.give({{"a", through("by isp")}});
    CHECK(work.give({{"x", through("by work")}}) == Given{collapse});
    CHECK(work.ledger() == (collapse ? "x=stored1" : "x=stored2"));
    CHECK(isp.ledger() == "a=stored1");
    CHECK(spool.snapshot(spool.folder("INBOX"))->size() == (collapse ? 1 : 2));
    work.lists = {"y"}; // renumbered
    CHECK(work.give({{"y", through("by work")}}) == Given{true});
    CHECK(spool.spool().ledger_counts("work").stored == 1);
  }
}

TEST_CASE("A different body is a different message, and so is a different sender, date, subject or id") {
  for (const auto field : {&Fields::id, &Fields::from, &Fields::date, &Fields::subject, &Fields::body}) {
    SpoolFixture spool;
    Provider isp(spool, "isp"), work(spool, "work");
    isp.give({{"a", through("by isp")}});
    Fields other;
    other.*field = "x" + other.*field;
    CHECK(work.give({{"x", through("by work", other)}}) == Given{false});
  }
}

TEST_CASE("Two copies that one account lists are two, and of another account's two copies each is matched") {
  SpoolFixture spool;
  Provider isp(spool, "isp"), work(spool, "work");
  isp.lists = {"a", "b"};
  work.lists = {"x", "y", "z"};
  CHECK(isp.give({{"a", through("directly")}, {"b", through("by a list")}}) == Given{false, false});
  CHECK(work.give(
            {{"x", through("by work")}, {"y", through("by work, too")}, {"z", through("by work, too")}}) ==
        Given{true, true, false});
  CHECK(work.ledger() == "x=stored1 y=stored2 z=stored3");
}

TEST_CASE("A message deleted here is deleted for each of its accounts, also when its bytes were given up") {
  SpoolFixture spool;
  Provider isp(spool, "isp"), work(spool, "work"), third(spool, "third");
  isp.lists = {"a"};
  work.lists = {"x"};
  third.lists = {"t"};
  isp.give({{"a", through("by isp")}});
  work.give({{"x", through("by work")}});
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.store(inbox, test::uids({1}), FlagChange::add, Flags::kDeleted).has_value());
  REQUIRE(spool.run(spool.spool().expunge(inbox, {}, "desk")).has_value());
  CHECK(isp.ledger() == "a=stored1!");
  CHECK(work.ledger() == "x=stored1!");
  spool.now += std::chrono::hours(24 * 31);
  while (spool.run(spool.store().upkeep()).value() == Left::more) {
  }
  CHECK(work.ledger() == "x=stored1!");
  CHECK(third.give({{"t", through("by third")}}) == Given{true});
  CHECK(third.ledger() == "t=stored1!");
  work.lists = {"y"};
  CHECK(work.give({{"y", through("by work")}}) == Given{true});
}

TEST_CASE("Users do not share messages") {
  SpoolFixture spool;
  Provider isp(spool, "isp"), hers(spool, "hers", "hanako");
  isp.give({{"a", through("by isp")}});
  CHECK(hers.give({{"a", through("by hers")}}) == Given{false});
}
