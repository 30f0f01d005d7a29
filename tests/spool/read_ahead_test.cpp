#include "spool/store/load_mailbox.hpp"
#include "spool/store/read_ahead.hpp"
#include "tests/spool/spool_fixture.hpp"

#include <catch2/catch.hpp>
#include <thread>

using namespace homespool::spool;
using test::SpoolFixture;

namespace {

const std::string kMessage = "From: a@example.org\r\nSubject: one\r\n\r\nbody\r\n";

std::vector<std::pair<MailboxId, std::size_t>> read_ahead(SpoolFixture& spool, std::uint64_t messages) {
  std::vector<std::pair<MailboxId, std::size_t>> adopted;
  const std::atomic<bool> stop = false;
  read_folders_ahead(
      spool.options().settings.directory / "index.db", stop,
      [&](std::unique_ptr<OpenMailbox> loaded) { adopted.emplace_back(loaded->id(), loaded->size()); },
      messages);
  return adopted;
}

} // namespace

TEST_CASE("Folders are open before anyone asks for them") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kMessage, Flags::kSeen, {"$Junk"}).has_value());
  spool.reopen();
  SnapshotPtr snapshot;
  for (int tries = 0; tries < 1000 && !snapshot; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    snapshot = spool.spool().loaded_snapshot(inbox);
  }
  REQUIRE(snapshot);
  REQUIRE(snapshot->size() == 1);
  CHECK(flag_names((*snapshot)[0].flags, *snapshot->keywords) == "\\Seen $Junk");
}

TEST_CASE("INBOX is read ahead first, then as much as memory is given for") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX"), sent = spool.folder("Sent"), trash = spool.folder("Trash");
  for (int i = 0; i < 2; ++i) REQUIRE(spool.append(inbox, kMessage).has_value());
  for (int i = 0; i < 4; ++i) REQUIRE(spool.append(sent, kMessage).has_value());
  for (int i = 0; i < 3; ++i) REQUIRE(spool.append(trash, kMessage).has_value());
  const auto all = read_ahead(spool, 100);
  REQUIRE(all.size() == 6);
  CHECK(all[0] == std::pair(inbox, std::size_t{2}));
  CHECK(all[1] == std::pair(sent, std::size_t{4}));
  CHECK(all[2] == std::pair(trash, std::size_t{3}));
  const auto some = read_ahead(spool, 5); // 3 are left for the second
  REQUIRE(some.size() >= 2);
  CHECK(some[0].first == inbox);
  CHECK(some[1] == std::pair(trash, std::size_t{3}));
}

TEST_CASE("A folder that was changed after it was read ahead is not current") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kMessage).has_value());
  index::Database database(spool.options().settings.directory / "index.db", index::Database::Access::read);
  const auto loaded = load_mailbox(database, inbox);
  REQUIRE(loaded);
  CHECK(is_current(database, *loaded));
  UidSet first;
  first.add(Uid{1});
  REQUIRE(spool.store(inbox, first, FlagChange::add, Flags::kSeen).has_value());
  CHECK_FALSE(is_current(database, *loaded));
  CHECK_FALSE(load_mailbox(database, MailboxId{12345}));
}
