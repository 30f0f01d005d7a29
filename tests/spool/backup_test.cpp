// Backups: what is copied, what is not copied again, and what damage does to them.
#include "spool/copy/copied_index.hpp"
#include "spool/pack/pack_name.hpp"
#include "tests/spool/copied_spool.hpp"

#include <catch2/catch.hpp>
#include <fstream>

using namespace homespool::spool;
using test::Copied;
using test::kNoProgress;
using test::kNow;
using test::mail;
namespace fs = std::filesystem;

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

TEST_CASE("Each pack has its end, whatever its number") {
  Copied spool;
  for (int i = 0; i < 3; ++i)
    REQUIRE(spool.append(spool.folder("Archive"), mail("big") + std::string(2 << 20, 'y')).has_value());
  spool.close();
  index::Database database(spool.directory() / "index.db", index::Database::Access::read);
  std::map<std::uint32_t, std::uint64_t> sizes;
  for (const auto& entry : std::filesystem::directory_iterator(spool.directory() / "packs"))
    if (const auto number = pack_number(entry.path().filename().string())) sizes[*number] = entry.file_size();
  CHECK(sizes.size() == 5);
  CHECK(pack_ends(database) == sizes);
}
