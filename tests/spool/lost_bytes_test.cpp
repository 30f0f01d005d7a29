// Messages whose bytes here were lost and that the provider still has: nothing takes them for stored, and
// what comes again is the same message.
#include "spool/check/check.hpp"
#include "spool/rebuild/rebuild.hpp"
#include "tests/spool/provider_fixture.hpp"

#include <catch2/catch.hpp>
#include <fstream>

using namespace homespool::spool;
using test::Duplicates;
using test::Provider;
using test::SpoolFixture;

namespace {

const std::string kOne = "Subject: one\r\n\r\nbody of the first\r\n", kTwo = "Subject: two\r\n\r\nbody\r\n";

void damage(SpoolFixture& spool, std::string_view what) {
  spool.close();
  std::fstream file(spool.directory() / "packs/000001.pack", std::ios::in | std::ios::out | std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(file), {});
  const auto at = bytes.find(what);
  REQUIRE(at != std::string::npos);
  file.clear();
  file.seekp(static_cast<std::streamoff>(at));
  file.put('!');
  file.close();
  spool.open();
}

void keep_up(SpoolFixture& spool) {
  while (spool.run(spool.store().upkeep()).value() == Left::more) {
  }
}

// The ids whose bytes the ledger knows to be lost.
std::string lost(SpoolFixture& spool) {
  std::string ids;
  for (const LedgerEntry& entry : spool.run(spool.spool().ledger("isp")).value())
    if (entry.lost) ids += entry.uidl;
  return ids;
}

// As a session, which notes what it finds.
boost::system::error_code read(SpoolFixture& spool, std::size_t place) {
  const auto id = (*spool.snapshot(spool.folder("INBOX")))[place].id;
  const auto bytes = spool.spool().make_reader()->bytes(id, 1 << 20);
  return bytes ? boost::system::error_code{} : bytes.error();
}

void run_sql(const SpoolFixture& spool, const std::string& sql) {
  index::Database(spool.directory() / "index.db", index::Database::Access::write).run(sql);
}

bool is_sound(SpoolFixture& spool) {
  spool.close();
  bool sound = true;
  CheckPlace place;
  while (place.stage != CheckStage::done) {
    const CheckStep step = check_some(spool.directory(), place, true);
    sound = sound && step.findings.empty();
    place = step.next;
  }
  spool.open();
  return sound;
}

} // namespace

TEST_CASE("A message that is damaged here is the same for clients once its provider gave it again") {
  for (const char* const what : {"body of the first", "HsRc"}) { // its bytes, what its record says
    SpoolFixture spool;
    Provider isp(spool, "isp");
    isp.lists = {"a", "b"};
    isp.give({{"a", kOne}, {"b", kTwo}});
    const Message before = (*spool.snapshot(spool.folder("INBOX")))[0];
    damage(spool, what);
    CHECK(lost(spool).empty()); // nobody knows yet
    (void)read(spool, 0);
    if (what == std::string("HsRc")) run_sql(spool, "INSERT INTO damaged VALUES(1, 1)");
    spool.reopen();
    CHECK(lost(spool) == "a");
    CHECK(isp.give({{"a", kOne}}) == Duplicates{true});
    CHECK(lost(spool).empty());
    for (int i = 0; i < 2; ++i, spool.reopen()) {
      const auto inbox = spool.snapshot(spool.folder("INBOX"));
      REQUIRE(inbox->size() == 2);
      CHECK((*inbox)[0].uid == before.uid);
      CHECK(spool.text(before.id) == kOne);
      CHECK(spool.spool().status().damaged == 0);
    }
    CHECK(isp.ledger() == "a=stored1 b=stored2");
    keep_up(spool);
    CHECK(is_sound(spool));
  }
}

TEST_CASE("A large message that is lost comes back too") {
  SpoolFixture spool;
  Provider isp(spool, "isp");
  const std::string large = "Subject: large\r\n\r\n" + std::string(3 << 20, 'x') + "\r\n";
  isp.lists = {"a"};
  isp.give({{"a", large}});
  spool.close();
  std::filesystem::resize_file(spool.directory() / "packs/s000001.pack", 1 << 20);
  spool.open();
  keep_up(spool);
  CHECK(lost(spool) == "a");
  CHECK(isp.give({{"a", large}}) == Duplicates{true});
  CHECK(lost(spool).empty());
  keep_up(spool);
  CHECK_FALSE(std::filesystem::exists(spool.directory() / "packs/s000001.pack"));
  CHECK_FALSE(read(spool, 0));
  CHECK(is_sound(spool));
}

TEST_CASE("The messages of a pack that is gone are known to be lost, and come back by any id") {
  SpoolFixture spool;
  Provider isp(spool, "isp");
  isp.lists = {"a", "b", "c"};
  isp.give({{"a", kOne}, {"b", kTwo}});
  spool.close();
  std::filesystem::rename(spool.directory() / "packs/000001.pack", spool.directory() / "elsewhere");
  spool.open();
  isp.give({{"c", "Subject: three\r\n\r\n"}});
  keep_up(spool);
  CHECK(lost(spool) == "ab");
  CHECK(spool.spool().status().damaged == 2);
  const bool back = GENERATE(true, false);
  if (back) { // somebody found it
    spool.close();
    std::filesystem::rename(spool.directory() / "elsewhere", spool.directory() / "packs/000001.pack");
    spool.open();
    keep_up(spool);
    CHECK(lost(spool).empty());
    CHECK(spool.spool().status().damaged == 0);
    return;
  }
  isp.lists = {"a", "d"}; // b is called d now
  CHECK(isp.give({{"d", kTwo}, {"a", kOne}}) == Duplicates{true, true});
  CHECK(isp.ledger() == "a=stored1 b=gone2 c=stored3 d=stored2");
  CHECK(spool.spool().status().damaged == 0);
  CHECK(spool.snapshot(spool.folder("INBOX"))->size() == 3);
  keep_up(spool);
  CHECK(is_sound(spool));
  spool.close(); // what came again tells of itself what the lost one did
  for (const char* name : {"index.db", "index.db-wal", "index.snapshot"})
    std::filesystem::remove(spool.directory() / name);
  REQUIRE(rebuild_index(spool.directory(), std::chrono::sys_seconds{std::chrono::seconds(1'700'000'001)},
                        [](auto...) {})
              .has_value());
  spool.open();
  const auto inbox = spool.snapshot(spool.folder("INBOX"));
  REQUIRE(inbox->size() == 3);
  CHECK(spool.text((*inbox)[0].id) == kOne);
  CHECK(spool.text((*inbox)[1].id) == kTwo);
}

TEST_CASE("What comes again with other bytes is a message of its own") {
  SpoolFixture spool;
  Provider isp(spool, "isp");
  isp.lists = {"a"};
  isp.give({{"a", kOne}});
  damage(spool, "body of the first");
  CHECK(read(spool, 0) == Error::bad_record);
  CHECK(isp.give({{"a", "Status: RO\r\n" + kOne}}) == Duplicates{false});
  CHECK(isp.ledger() == "a=stored2");
  CHECK(lost(spool).empty());
  CHECK(read(spool, 0) == Error::bad_record);
  CHECK_FALSE(read(spool, 1));
}

TEST_CASE("A record that the index lost is fetched again, and one that was given up is not") {
  SpoolFixture spool;
  Provider isp(spool, "isp");
  isp.lists = {"a", "b"};
  isp.give({{"a", kOne}, {"b", kTwo}});
  spool.close();
  std::filesystem::remove(spool.directory() / "packs/kept"); // else they come back from the packs
  run_sql(spool, "DELETE FROM record; DELETE FROM structure; DELETE FROM message; "
                 "INSERT INTO expired VALUES(2, 1)");
  spool.open();
  CHECK(lost(spool) == "a");
  CHECK(isp.give({{"a", kOne}, {"b", kTwo}}) == Duplicates{false, true});
  CHECK(lost(spool).empty());
}

TEST_CASE("A record is looked at whole before it may go upstream") {
  SpoolFixture spool;
  REQUIRE(spool.append(spool.folder("INBOX"), kOne).has_value());
  CHECK_FALSE(spool.spool().make_reader()->check(RecordId{1}));
  CHECK(spool.spool().make_reader()->check(RecordId{2}) == Error::no_such_message);
  damage(spool, "first");
  CHECK(spool.spool().make_reader()->check(RecordId{1}) == Error::bad_record);
  keep_up(spool); // behind what that reported
  CHECK(spool.spool().status().damaged == 1);
}
