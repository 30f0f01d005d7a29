// Backup, destroy, restore: the same mail, and numbers that were given since are not given again.
#include "spool/copy/backup.hpp"
#include "tests/spool/pack_fixture.hpp"
#include "tests/spool/spool_fixture.hpp"

#include <catch2/catch.hpp>
#include <fstream>

using namespace homespool::spool;
using test::SpoolFixture;
namespace fs = std::filesystem;

namespace {

const std::chrono::sys_seconds kNow{std::chrono::seconds(1'700'000'500)};
const CopyProgress kNoProgress = [](auto...) {};

std::string mail(const std::string& subject) {
  return "Subject: " + subject + "\r\n\r\nbody of " + subject + "\r\n";
}

struct Copied : SpoolFixture {
  Copied() {
    for (const char* subject : {"one", "two", "three"})
      REQUIRE(append(folder("INBOX"), mail(subject)).has_value());
    REQUIRE(append(folder("Archive"), mail("big") + std::string(2 << 20, 'x'), Flags::kFlagged).has_value());
    (void)store(folder("INBOX"), test::uids({2}), FlagChange::add, Flags::kSeen, {"$Work"});
  }
  fs::path backup() const { return directory().parent_path() / "copies" / "backup"; }
  CopyOutcome back_up(BackupCheck check = BackupCheck::new_bytes) const {
    return homespool::spool::back_up(directory(), backup(), check, kNow, kNoProgress);
  }
  CopyOutcome restore() const { return homespool::spool::restore(backup(), directory(), kNoProgress); }
  void destroy() {
    close();
    fs::remove_all(directory());
  }
  void damage(const std::string& where, char letter = 'Y', fs::path place = {}) const {
    if (place.empty()) place = directory();
    auto pack = test::file_bytes(place / "packs" / "000001.pack");
    const auto at = pack.find(where);
    REQUIRE(at != std::string::npos);
    pack[at + 3] = letter;
    test::set_file_bytes(place / "packs" / "000001.pack", pack);
  }
  std::string refusal() {
    try {
      open();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
  // Everything a client could see.
  std::string seen() {
    std::string all;
    for (const char* name : {"INBOX", "Archive"}) {
      const auto now = snapshot(folder(name));
      all += std::string(name) + " " + std::to_string(now->uidvalidity) + "\n";
      now->for_each(0, now->size(), [&](std::size_t, const Message& message) {
        all += std::to_string(message.uid.value) + " " + spool().uidl(message.id) + " " +
               flag_names(message.flags, *now->keywords) + " " +
               spool().make_reader()->bytes(message.id, 100).value() + "\n";
        return true;
      });
    }
    return all;
  }
};

} // namespace

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
  const auto restored = spool.restore();
  REQUIRE(restored.has_value());
  CHECK(restored->findings.empty());
  CHECK(!fs::exists(spool.directory() / "index.snapshot"));
  spool.open();
  CHECK(spool.seen() == before);
}

TEST_CASE("A second backup copies what is new and no more") {
  Copied spool;
  REQUIRE(spool.back_up().has_value());
  const auto again = spool.back_up();
  REQUIRE(again.has_value());
  CHECK(again->packs_copied == 0);
  CHECK(again->packs_kept == 2);
  CHECK(again->bytes_copied == 0);
  REQUIRE(spool.append(spool.folder("INBOX"), mail("four")).has_value());
  const auto third = spool.back_up();
  REQUIRE(third.has_value());
  CHECK(third->packs_copied == 1);
  CHECK(third->bytes_copied < 300);
  const std::string before = spool.seen();
  spool.destroy();
  REQUIRE(spool.restore().has_value());
  spool.open();
  CHECK(spool.seen() == before);
}

TEST_CASE("A backup that was broken off leaves the one before usable, and the next one ends it") {
  Copied spool;
  const std::string before = spool.seen();
  REQUIRE(spool.back_up().has_value());
  REQUIRE(spool.append(spool.folder("INBOX"), mail("four")).has_value());
  // As far as a kill may have come: bytes behind the old end, a new pack half written, an index without its
  // name.
  std::ofstream(spool.backup() / "packs" / "000001.pack", std::ios::app) << "half a rec";
  std::ofstream(spool.backup() / "packs" / "s000002.pack.new") << "half";
  std::ofstream(spool.backup() / "index.db.new") << "half";
  SECTION("restored as it is") {
    spool.destroy();
    const auto restored = spool.restore();
    REQUIRE(restored.has_value());
    CHECK(restored->findings.empty());
    spool.open();
    CHECK(spool.seen() == before);
  }
  SECTION("made again") {
    const std::string now = spool.seen();
    const auto again = spool.back_up();
    REQUIRE(again.has_value());
    CHECK(again->findings.empty());
    CHECK(!fs::exists(spool.backup() / "packs" / "s000002.pack.new"));
    spool.destroy();
    REQUIRE(spool.restore().has_value());
    spool.open();
    CHECK(spool.seen() == now);
  }
}

TEST_CASE("A pack that has gone from the spool goes from the backup, after the new index is in place") {
  Copied spool;
  REQUIRE(spool.back_up().has_value());
  spool.close();
  index::Database(spool.directory() / "index.db", index::Database::Access::write)
      .run("DELETE FROM message WHERE record=4; DELETE FROM structure WHERE record=4; DELETE FROM record "
           "WHERE id=4");
  REQUIRE(spool.back_up().has_value());
  CHECK(!fs::exists(spool.backup() / "packs" / "s000001.pack"));
  CHECK(fs::exists(spool.backup() / "packs" / "000001.pack"));
}

TEST_CASE("A backup goes only where nothing else lies") {
  Copied spool;
  SECTION("a folder of other things") {
    fs::create_directories(spool.backup());
    std::ofstream(spool.backup() / "holiday.jpg") << "x";
    REQUIRE(spool.back_up().has_error());
    CHECK(spool.back_up().error().sentence.find("holiday.jpg") != std::string::npos);
    CHECK(!fs::exists(spool.backup() / "packs"));
  }
  SECTION("a backup of another spool") {
    Copied other;
    REQUIRE(
        back_up(other.directory(), spool.backup(), BackupCheck::new_bytes, kNow, kNoProgress).has_value());
    CHECK(spool.back_up().error().sentence.find("not a backup of this spool") != std::string::npos);
  }
  SECTION("the spool itself") {
    CHECK(back_up(spool.directory(), spool.directory() / "copy", BackupCheck::new_bytes, kNow, kNoProgress)
              .has_error());
    CHECK(!fs::exists(spool.directory() / "copy"));
  }
  SECTION("a newer history than that of the spool") {
    const fs::path older = spool.backup().parent_path() / "older";
    REQUIRE(back_up(spool.directory(), older, BackupCheck::new_bytes, kNow, kNoProgress).has_value());
    REQUIRE(spool.append(spool.folder("INBOX"), mail("four")).has_value());
    REQUIRE(spool.back_up().has_value());
    spool.destroy();
    REQUIRE(restore(older, spool.directory(), kNoProgress).has_value());
    spool.open();
    REQUIRE(spool.append(spool.folder("INBOX"), mail("five")).has_value());
    CHECK(spool.back_up().error().sentence.find("different histories") != std::string::npos);
  }
  SECTION("a file") {
    fs::create_directories(spool.backup().parent_path());
    std::ofstream(spool.backup()) << "x";
    CHECK(spool.back_up().error().sentence.find("is not a folder") != std::string::npos);
  }
}

TEST_CASE("One damaged sector does not stop later backups") {
  Copied spool;
  REQUIRE(spool.back_up().has_value());
  spool.damage("body of three");
  REQUIRE(spool.append(spool.folder("INBOX"), mail("four")).has_value());
  const auto again = spool.back_up();
  REQUIRE(again.has_value());
  CHECK(again->findings.empty()); // the backup has the bytes from before
  spool.destroy();
  REQUIRE(spool.restore().has_value());
  spool.open();
  CHECK(spool.seen().find("body of three") != std::string::npos);
  CHECK(spool.seen().find("body of four") != std::string::npos);
}

TEST_CASE("What a backup holds damaged is copied again once the spool has it whole") {
  Copied spool;
  const std::string before = spool.seen();
  SECTION("it was damaged in the spool when it was copied") {
    spool.damage("body of two");
    const auto first = spool.back_up();
    REQUIRE(first.has_value());
    CHECK(first->findings.size() == 1);
    CHECK(spool.back_up()->findings.size() == 1); // told as long as it is so
    spool.damage("bodY of two", 'y');
  }
  SECTION("it rotted in the backup, which is told when every byte is asked for") {
    REQUIRE(spool.back_up().has_value());
    spool.damage("body of two", 'Y', spool.backup());
    CHECK(spool.back_up()->records_mended == 0);
  }
  const auto mended = spool.back_up(BackupCheck::every_byte);
  REQUIRE(mended.has_value());
  CHECK(mended->findings.empty());
  CHECK(mended->records_mended == 1);
  CHECK(spool.back_up()->records_mended == 0);
  spool.destroy();
  REQUIRE(spool.restore()->findings.empty());
  spool.open();
  CHECK(spool.seen() == before);
}

TEST_CASE("Damage of the spool is told, and does not spoil what the backup has") {
  Copied spool;
  REQUIRE(spool.back_up().has_value());
  spool.close();
  fs::remove(spool.directory() / "packs" / "s000001.pack");
  const auto kept = spool.back_up();
  REQUIRE(kept.has_value());
  CHECK(kept->findings.empty());
  fs::remove_all(spool.backup());
  const auto lost = spool.back_up();
  REQUIRE(lost.has_value());
  REQUIRE(lost->findings.size() == 1);
  CHECK(lost->findings[0].kind == "pack-missing");
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
