#include "tests/spool/spool_fixture.hpp"

#include <catch2/catch.hpp>
#include <thread>

using namespace homespool::spool;
using test::SpoolFixture;

namespace {

const std::string kMessage = "Subject: one\r\n\r\nbody\r\n";

std::vector<AppendItem> one(Spool& spool, const std::string& text) {
  AppendItem item{Incoming(spool), {}, std::nullopt};
  if (item.message.append(text) || item.message.finish()) throw std::runtime_error("not taken");
  std::vector<AppendItem> items;
  items.push_back(std::move(item));
  return items;
}

Awaitable<void> append_one(Spool& spool, MailboxId to) {
  auto items = one(spool, kMessage);
  const auto mapping = co_await spool.append(to, std::move(items));
  if (!mapping) throw boost::system::system_error(mapping.error());
}

// A session: appends, reads back what it appended, marks it read.
Awaitable<void> session(Spool& spool, MailboxId mailbox, int rounds, std::string name) {
  const auto reader = spool.make_reader();
  for (int i = 0; i < rounds; ++i) {
    const std::string text = "Subject: " + name + std::to_string(i) + "\r\n\r\nbody\r\n";
    auto items = one(spool, text);
    const auto mapping = co_await spool.append(mailbox, std::move(items));
    const Uid uid{mapping.value().to.ranges().front().first};
    const auto snapshot = co_await spool.snapshot(mailbox);
    const auto place = snapshot.value()->find(uid);
    if (!place) throw std::runtime_error("what was appended is not there");
    const MessageId id = (**snapshot)[*place].id;
    if (reader->bytes(id, 1000).value() != text) throw std::runtime_error("other bytes");
    FlagNames seen;
    seen.system = Flags::kSeen;
    UidSet set;
    set.add(uid);
    const auto stored = co_await spool.store_flags(mailbox, set, FlagChange::add, seen, std::nullopt);
    if (!stored) throw boost::system::system_error(stored.error());
    spool.note_client(name, "imap");
  }
}

} // namespace

TEST_CASE("Changes that come while a commit runs share the next one") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  const std::uint64_t before = spool.store().commits();
  boost::asio::io_context io;
  std::exception_ptr surprise;
  constexpr int kMany = 300;
  for (int i = 0; i < kMany; ++i) {
    boost::asio::co_spawn(io, append_one(spool.spool(), inbox), [&surprise](std::exception_ptr error) {
      if (error) surprise = error;
    });
  }
  io.run();
  CHECK_FALSE(surprise);
  CHECK(spool.snapshot(inbox)->size() == kMany);
  CHECK(spool.store().commits() - before < kMany / 2);
}

TEST_CASE("Sessions on several threads write, read and watch one mailbox") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  constexpr int kThreads = 3, kSessions = 4, kRounds = 15;
  std::vector<std::exception_ptr> surprises(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      boost::asio::io_context io;
      int woken = 0, left = kSessions;
      auto watch = std::make_unique<Watch>(spool.spool(), inbox, io.get_executor(), [&woken] { ++woken; });
      for (int s = 0; s < kSessions; ++s) {
        const std::string name = "s" + std::to_string(t) + "." + std::to_string(s) + ".";
        boost::asio::co_spawn(io, session(spool.spool(), inbox, kRounds, name),
                              [&, t](std::exception_ptr error) {
                                if (error) surprises[static_cast<std::size_t>(t)] = error;
                                if (--left == 0) watch.reset();
                              });
      }
      io.run();
      if (woken == 0)
        surprises[static_cast<std::size_t>(t)] = std::make_exception_ptr(std::runtime_error("not woken"));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& surprise : surprises) CHECK_FALSE(surprise);
  const auto snapshot = spool.snapshot(inbox);
  CHECK(snapshot->size() == kThreads * kSessions * kRounds);
  CHECK(snapshot->unseen == 0);
  spool.reopen();
  CHECK(spool.snapshot(inbox)->size() == kThreads * kSessions * kRounds);
  CHECK(spool.spool().clients().size() == kThreads * kSessions);
}

TEST_CASE("A watch runs once for many commits, and never after it is gone") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX"), archive = spool.folder("Archive");
  boost::asio::io_context io;
  int woken = 0;
  auto watch = std::make_unique<Watch>(spool.spool(), inbox, io.get_executor(), [&woken] { ++woken; });
  REQUIRE(spool.append(inbox, kMessage).has_value());
  REQUIRE(spool.append(inbox, kMessage).has_value());
  REQUIRE(spool.append(archive, kMessage).has_value());
  io.run();
  CHECK(woken == 1);
  REQUIRE(spool.append(inbox, kMessage).has_value());
  watch.reset();
  io.restart();
  io.run();
  CHECK(woken == 1);
}

TEST_CASE("A spool that closes finishes what was handed in") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  boost::asio::io_context io;
  bool done = false;
  boost::asio::co_spawn(io, append_one(spool.spool(), inbox),
                        [&done](std::exception_ptr error) { done = !error; });
  io.poll(); // handed in, not answered
  spool.close();
  io.run();
  CHECK(done);
  spool.open();
  CHECK(spool.snapshot(inbox)->size() == 1);
}
