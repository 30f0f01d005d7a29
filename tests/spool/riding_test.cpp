// Small batches that ride in the index until their pack is synced.
#include "spool/store/riding.hpp"
#include "tests/spool/spool_fixture.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool;
using test::SpoolFixture;

namespace {

const std::string kMessage = "Subject: one\r\n\r\nthe body\r\n";

std::filesystem::path pack_of(SpoolFixture& spool) {
  return spool.directory() / "packs" / "000001.pack";
}

std::int64_t riding(SpoolFixture& spool) {
  index::Database database(spool.directory() / "index.db", index::Database::Access::read);
  index::Use count(database.prepare("SELECT count(*) FROM riding"));
  return count->step() ? count->integer(0) : -1;
}

// The spool as a power cut leaves it: the index as it is now, the pack cut to `size`.
struct PowerCut {
  PowerCut(SpoolFixture& spool, std::uintmax_t size) {
    // Not search.db, which is being written and made anew at need.
    std::filesystem::create_directories(copy);
    for (const char* part : {"index.db", "index.db-wal", "packs"})
      std::filesystem::copy(spool.directory() / part, copy / part, std::filesystem::copy_options::recursive);
    std::filesystem::resize_file(copy / "packs" / "000001.pack", size);
  }
  test::TemporaryFolder folder;
  std::filesystem::path copy = folder.path() / "spool";
};

} // namespace

TEST_CASE("What rides in the index is in its pack again after a power cut") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kMessage).has_value()); // makes the pack, which is synced
  const auto synced = std::filesystem::file_size(pack_of(spool));
  REQUIRE(spool.append(inbox, kMessage + "second\r\n").has_value());
  REQUIRE(riding(spool) == 1);

  const PowerCut cut(spool, synced);
  OpenOptions options = spool.options();
  options.settings.directory = cut.copy;
  const auto opened = Spool::open(options);
  REQUIRE(opened.has_value());
  const auto snapshot = spool.run((*opened)->snapshot((*opened)->find_mailbox("taro", "INBOX")->id)).value();
  REQUIRE(snapshot->size() == 2);
  CHECK((*opened)->make_reader()->bytes((*snapshot)[1].id, 1 << 20).value() == kMessage + "second\r\n");
  CHECK(spool.findings().empty());
}

TEST_CASE("Nothing rides any more once the spool is closed, or a batch was synced") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kMessage).has_value());
  REQUIRE(spool.append(inbox, kMessage).has_value());
  CHECK(riding(spool) == 1);
  REQUIRE(spool.append(inbox, kMessage + std::string(2 * Riding::kMaxBatch, 'x')).has_value());
  CHECK(riding(spool) == 0);
  REQUIRE(spool.append(inbox, kMessage).has_value());
  CHECK(riding(spool) == 1);
  spool.close();
  CHECK(riding(spool) == 0);
}

TEST_CASE("A damaged row does not write into a pack") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kMessage).has_value());
  spool.close();
  const auto before = std::filesystem::file_size(pack_of(spool));
  {
    index::Database database(spool.directory() / "index.db", index::Database::Access::write);
    database.run("INSERT INTO riding(pack, offset, sum, bytes) VALUES(1, 0, 77, x'00112233')");
  }
  spool.open();
  CHECK(spool.findings() == std::vector<std::string>{"the index is damaged where messages stored last rode"});
  CHECK(std::filesystem::file_size(pack_of(spool)) == before);
  CHECK(spool.text((*spool.snapshot(inbox))[0].id) == kMessage);
}
