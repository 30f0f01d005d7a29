// What a backup gives back: the same mail, and numbers that were given since are not given again.
#include "spool/index/schema.hpp"
#include "tests/spool/copied_spool.hpp"

#include <catch2/catch.hpp>
#include <fstream>

using namespace homespool::spool;
using test::Copied;
using test::kNoProgress;
using test::mail;
namespace fs = std::filesystem;

TEST_CASE("What is put back is what was there, and is checked") {
  Copied spool;
  const std::string before = spool.seen();
  fs::create_directories(spool.directory() / "tls");
  std::ofstream(spool.directory() / "tls" / "ca.pem") << "trusted";
  const auto made = spool.back_up(); // while the spool is in use
  REQUIRE(made.has_value());
  CHECK(made->findings.empty());
  CHECK(made->records == 4);
  CHECK(made->packs_copied == 2);
  spool.destroy();
  const auto restored = spool.restore();
  REQUIRE(restored.has_value());
  CHECK(restored->findings.empty());
  spool.open();
  CHECK(spool.findings_of_mail().empty());
  CHECK(spool.seen() == before);
  CHECK(test::file_bytes(spool.directory() / "tls" / "ca.pem") == "trusted");
}

TEST_CASE("Numbers that were given after the backup are never given again") {
  Copied spool;
  REQUIRE(spool.back_up().has_value());
  REQUIRE(spool.append(spool.folder("INBOX"), mail("lost")).has_value());
  const auto lost = spool.snapshot(spool.folder("INBOX"));
  const Message last = (*lost)[lost->size() - 1];
  spool.destroy();
  REQUIRE(spool.restore().has_value());
  for (int opened = 0; opened < 2; ++opened) { // the second time it is a spool like any other
    spool.open();
    REQUIRE(spool.append(spool.folder("INBOX"), mail("new")).has_value());
    const auto now = spool.snapshot(spool.folder("INBOX"));
    const Message newest = (*now)[now->size() - 1];
    CHECK(newest.uid > last.uid);
    CHECK(newest.id > last.id);
    CHECK(now->highest_modseq > lost->highest_modseq);
    CHECK((*now)[0].modseq > lost->highest_modseq); // so that clients look at its flags again
    CHECK(newest.id.value < last.id.value + 150'000'000);
    spool.close();
  }
}

TEST_CASE("A backup that is put back twice gives no number twice") {
  Copied spool;
  REQUIRE(spool.back_up().has_value());
  std::vector<Message> given;
  for (int use = 0; use < 3; ++use) { // at the same second
    spool.destroy();
    REQUIRE(spool.restore().has_value());
    spool.open();
    REQUIRE(spool.append(spool.folder("INBOX"), mail("new")).has_value());
    const auto now = spool.snapshot(spool.folder("INBOX"));
    const Message newest = (*now)[now->size() - 1];
    if (!given.empty()) {
      CHECK(newest.uid.value > given.back().uid.value + 1'000'000);
      CHECK(newest.id.value > given.back().id.value + 1'000'000);
      CHECK(newest.modseq.value > given.back().modseq.value + 1'000'000);
    }
    given.push_back(newest);
  }
}

TEST_CASE("A copy that cannot be written to is told apart by the time at which it is put to use") {
  Copied spool;
  REQUIRE(spool.back_up().has_value());
  std::vector<Message> given;
  for (int use = 0; use < 2; ++use) {
    spool.destroy();
    fs::copy(spool.backup(), spool.directory(), fs::copy_options::recursive);
    spool.now += std::chrono::hours(1);
    spool.open();
    REQUIRE(spool.append(spool.folder("INBOX"), mail("new")).has_value());
    const auto now = spool.snapshot(spool.folder("INBOX"));
    given.push_back((*now)[now->size() - 1]);
  }
  CHECK(given[1].uid.value >= given[0].uid.value + 3600);
  CHECK(given[1].id.value >= given[0].id.value + 3600);
}

TEST_CASE("Records of a spool that was put back late are indexed as any others") {
  Copied spool;
  REQUIRE(spool.back_up().has_value());
  spool.destroy();
  REQUIRE(spool.restore().has_value());
  spool.now += std::chrono::days(30);
  spool.open();
  REQUIRE(spool.append(spool.folder("INBOX"), mail("new")).has_value());
  spool.close();
  index::Database database(spool.directory() / "index.db", index::Database::Access::read);
  const auto next = index::meta_number<std::int64_t>(database, "next_record").value();
  CHECK(next > 10'000'000);             // above all that can have been given since
  CHECK(next < std::int64_t{1} << 30U); // and near enough for one run of the search index
}

TEST_CASE("A spool in which nothing ever was is no obstacle to a restore") {
  Copied spool;
  const std::string before = spool.seen();
  REQUIRE(spool.back_up().has_value());
  spool.destroy();
  spool.open();
  spool.close();
  REQUIRE(spool.restore().has_value());
  spool.open();
  CHECK(spool.seen() == before);
}

TEST_CASE("What a lost spool left beside its index does not get into what is put back") {
  Copied spool;
  const std::string before = spool.seen();
  REQUIRE(spool.back_up().has_value());
  for (int i = 0; i < 20; ++i) REQUIRE(spool.append(spool.folder("INBOX"), mail("later")).has_value());
  const std::string log = test::file_bytes(spool.directory() / "index.db-wal"); // as a kill leaves it
  REQUIRE(!log.empty());
  spool.destroy();
  fs::create_directories(spool.directory());
  test::set_file_bytes(spool.directory() / "index.db-wal", log);
  test::set_file_bytes(spool.directory() / "index.snapshot", "of another time");
  test::set_file_bytes(spool.directory() / "index.db.whole", "of a rebuild that was cut off");
  const auto restored = spool.restore();
  REQUIRE(restored.has_value());
  CHECK(restored->findings.empty());
  CHECK(!fs::exists(spool.directory() / "index.snapshot"));
  spool.open();
  CHECK(spool.seen() == before);
}

TEST_CASE("Nothing is put back over a spool, or from a folder that is no backup") {
  Copied spool;
  REQUIRE(spool.back_up().has_value());
  CHECK(spool.restore().error().in_use);
  spool.close();
  CHECK(spool.restore().error().sentence.find("does not overwrite") != std::string::npos);
  const auto from_spool = restore(spool.directory(), spool.backup().parent_path() / "new", kNoProgress);
  REQUIRE(from_spool.has_error());
  CHECK(from_spool.error().sentence.find("not a backup") != std::string::npos);
  CHECK(restore(spool.backup() / "none", spool.backup().parent_path() / "new", kNoProgress).has_error());
}

TEST_CASE("A spool that was put back half way cannot be used until it is whole") {
  Copied spool;
  const std::string before = spool.seen();
  REQUIRE(spool.back_up().has_value());
  spool.destroy();
  REQUIRE(spool.restore().has_value());
  test::set_file_bytes(spool.directory() / kRestoringName, "");
  fs::remove(spool.directory() / "packs" / "s000001.pack");
  CHECK(spool.refusal().find("homespool restore") != std::string::npos);
  const auto again = spool.restore();
  REQUIRE(again.has_value());
  CHECK(again->packs_copied == 1);
  CHECK(again->packs_kept == 1);
  spool.open();
  CHECK(spool.seen() == before);
}

TEST_CASE("What is damaged or missing is mended from a backup, and nothing else is changed") {
  Copied spool;
  REQUIRE(spool.back_up().has_value());
  REQUIRE(spool.append(spool.folder("INBOX"), mail("four")).has_value());
  const std::string before = spool.seen();
  CHECK(mend(spool.backup(), spool.directory(), kNoProgress).error().in_use);
  spool.close();
  fs::remove(spool.directory() / "packs" / "s000001.pack");
  auto pack = test::file_bytes(spool.directory() / "packs" / "000001.pack");
  pack[pack.find("body of two")] ^= 1;
  pack[pack.find("HsRc")] ^= 1;
  test::set_file_bytes(spool.directory() / "packs" / "000001.pack", pack);
  const auto mended = mend(spool.backup(), spool.directory(), kNoProgress);
  REQUIRE(mended.has_value());
  CHECK(mended->records_mended == 3);
  CHECK(mended->findings.empty());
  spool.open();
  CHECK(spool.seen() == before);
}

TEST_CASE("A spool that lost its index is not taken for a new one") {
  Copied spool;
  spool.close();
  fs::remove(spool.directory() / "index.db");
  CHECK(spool.refusal().find("homespool rebuild-index") != std::string::npos);
  CHECK(!fs::exists(spool.directory() / "index.db"));
  test::set_file_bytes(spool.directory() / "index.db", std::string(5000, 'x'));
  CHECK(spool.refusal().find("homespool rebuild-index") != std::string::npos);
}

TEST_CASE("An index with a trigger of somebody else is refused at start") {
  Copied spool;
  spool.close();
  index::Database(spool.directory() / "index.db", index::Database::Access::write)
      .run("CREATE TRIGGER t AFTER INSERT ON message BEGIN DELETE FROM record; END");
  CHECK(spool.refusal().find("trigger 't'") != std::string::npos);
}
