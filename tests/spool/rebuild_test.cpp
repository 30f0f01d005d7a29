// An index that is lost or damaged is made again: what clients know stays, or they are told.
#include "spool/check/check.hpp"
#include "spool/rebuild/rebuild.hpp"
#include "spool/rebuild/snapshot.hpp"
#include "tests/spool/pack_fixture.hpp"
#include "tests/spool/spool_fixture.hpp"

#include <catch2/catch.hpp>
#include <fstream>

using namespace homespool::spool;
using namespace std::chrono_literals;
using test::SpoolFixture;
namespace fs = std::filesystem;

namespace {

const std::chrono::sys_seconds kNow{std::chrono::seconds(1'700'009'000)};
using Base = RebuildReport::Base;

std::string mail(const std::string& subject) {
  return "Subject: " + subject + "\r\n\r\nbody of " + subject + "\r\n";
}

struct Lost : SpoolFixture {
  Lost() {
    for (const char* subject : {"one", "two", "three"})
      REQUIRE(append(folder("INBOX"), mail(subject)).has_value());
    REQUIRE(append(folder("Archive"), mail("big") + std::string(2 << 20, 'x'), Flags::kFlagged).has_value());
    (void)store(folder("INBOX"), test::uids({2}), FlagChange::add, Flags::kSeen, {"$Work"});
  }
  fs::path index() const { return directory() / "index.db"; }
  fs::path snapshot_file() const { return directory() / kSnapshotName; }
  RebuildReport rebuild() const {
    auto outcome = rebuild_index(directory(), kNow, [](auto...) {});
    if (outcome.has_error()) FAIL(outcome.error().sentence);
    return *outcome;
  }
  // A line for each message: folder, UIDVALIDITY, UID, UIDL, flags, beginning.
  std::vector<std::string> seen(bool with_flags = true) {
    std::vector<std::string> all;
    for (const char* name : {"INBOX", "Archive"}) {
      const auto now = snapshot(folder(name));
      now->for_each(0, now->size(), [&](std::size_t, const Message& message) {
        std::string line = name + std::string(" ") + std::to_string(now->uidvalidity) + " " +
                           std::to_string(message.uid.value) + " " + spool().uidl(message.id) + " ";
        if (with_flags) line += flag_names(message.flags, *now->keywords) + " ";
        all.push_back(line + spool().make_reader()->bytes(message.id, 40).value());
        return true;
      });
    }
    return all;
  }
  bool is_sound() const {
    for (CheckPlace place; place.stage != CheckStage::done;) {
      const CheckStep step = check_some(directory(), place, true);
      if (!step.findings.empty()) return false;
      place = step.next;
    }
    return true;
  }
};

void change_bytes(const fs::path& path, std::string_view what, const std::string& to) {
  auto bytes = test::file_bytes(path);
  const auto at = bytes.find(what);
  REQUIRE(at != std::string::npos);
  bytes.replace(at, to.size(), to);
  test::set_file_bytes(path, bytes);
}

} // namespace

TEST_CASE("An index that is lost after a clean end is made again as it was") {
  Lost spool;
  const auto before = spool.seen();
  spool.close();
  SECTION("missing") {
    fs::remove(spool.index());
  }
  SECTION("cut") {
    fs::resize_file(spool.index(), 5000);
  }
  SECTION("nonsense") {
    test::set_file_bytes(spool.index(), std::string(100000, 'x'));
  }
  SECTION("empty") {
    test::set_file_bytes(spool.index(), "");
    const auto opened = Spool::open(spool.options());
    REQUIRE(opened.has_error()); // not taken for a new spool
    CHECK(opened.error().sentence.find("rebuild-index") != std::string::npos);
  }
  const auto report = spool.rebuild();
  CHECK(report.base == Base::snapshot);
  CHECK(!report.why.empty());
  CHECK(report.messages == 4);
  CHECK(report.added.empty());
  CHECK(report.unreadable.empty());
  CHECK(report.new_uidvalidity.empty());
  CHECK(spool.is_sound());
  spool.open();
  CHECK(spool.findings_of_mail().empty());
  CHECK(spool.seen() == before);
  REQUIRE(spool.append(spool.folder("INBOX"), mail("next")).has_value());
  CHECK((*spool.snapshot(spool.folder("INBOX")))[3].uid.value > 1000);
}

TEST_CASE("What came after the snapshot comes back under the UID and UIDL it had") {
  Lost spool;
  spool.reopen(); // which makes a snapshot of the four
  const std::string old = test::file_bytes(spool.snapshot_file());
  REQUIRE(spool.append(spool.folder("INBOX"), mail("four"), Flags::kSeen | Flags::kDraft).has_value());
  REQUIRE(spool.append(spool.folder("Archive"), mail("five")).has_value());
  const auto before = spool.seen();
  spool.close();
  test::set_file_bytes(spool.snapshot_file(), old);
  fs::remove(spool.index());
  const auto report = spool.rebuild();
  CHECK(report.base == Base::snapshot);
  REQUIRE(report.added.size() == 2);
  CHECK(report.added[0].subject == "four");
  CHECK(report.new_uidvalidity.empty());
  spool.open();
  CHECK(spool.seen() == before);
}

TEST_CASE(
    "Without any snapshot the packs alone give messages, folders, UIDs, UIDLs and the flags of arrival") {
  Lost spool;
  const auto before = spool.seen(false);
  spool.close();
  fs::remove(spool.index());
  fs::remove(spool.snapshot_file());
  const auto report = spool.rebuild();
  CHECK(report.base == Base::nothing);
  CHECK(report.same_uidls);
  CHECK(report.added.size() == 4);
  CHECK(report.new_uidvalidity.empty());
  CHECK(spool.is_sound());
  spool.open();
  CHECK(spool.seen(false) == before);
  CHECK((*spool.snapshot(spool.folder("Archive")))[0].flags.has(Flags::kFlagged));
}

TEST_CASE("What a client hid stays hidden when it is deleted and the index is made again") {
  Lost spool;
  const MailboxId inbox = spool.folder("INBOX");
  const MessageId second = (*spool.snapshot(inbox))[1].id;
  Pop3Update hide;
  hide.user = "taro";
  hide.login = "phone";
  hide.hidden = {second};
  REQUIRE_FALSE(spool.run(spool.spool().pop3_quit(hide)));
  REQUIRE(spool.store(inbox, test::uids({2}), FlagChange::add, Flags::kDeleted).has_value());
  REQUIRE(spool.run(spool.spool().expunge(inbox, {}, "desk")).has_value());
  spool.close();
  CHECK(spool.rebuild().base == Base::index);
  spool.open();
  REQUIRE(spool.run(spool.spool().undelete("taro", {second})).has_value());
  CHECK(spool.run(spool.spool().hidden("phone")).value() == std::vector<MessageId>{second});
}

TEST_CASE("A damaged index does not take the place of the snapshot") {
  Lost spool;
  const auto before = spool.seen();
  spool.reopen(); // a snapshot of all of it
  spool.close();
  const std::string sound = test::file_bytes(spool.snapshot_file());
  std::string bytes = test::file_bytes(spool.index());
  for (std::size_t page = 8192; page < bytes.size(); page += 4096) // the heads of its b-trees
    for (std::size_t at = 0; at < 12; ++at) bytes[page + at] = 'x';
  test::set_file_bytes(spool.index(), bytes);
  CHECK_FALSE(make_snapshot(spool.directory(), kNow));
  CHECK(test::file_bytes(spool.snapshot_file()) == sound);
  CHECK(spool.rebuild().base == Base::snapshot);
  spool.open();
  CHECK(spool.seen() == before);
}

TEST_CASE("An index made again from one snapshot twice gives no number twice") {
  Lost spool;
  spool.close();
  const std::string snapshot = test::file_bytes(spool.snapshot_file());
  std::vector<Message> given;
  for (int use = 0; use < 2; ++use) {
    fs::remove(spool.index());
    test::set_file_bytes(spool.snapshot_file(), snapshot);
    CHECK(spool.rebuild().base == Base::snapshot);
    spool.now += 1h;
    spool.open();
    REQUIRE(spool.append(spool.folder("INBOX"), mail("new")).has_value());
    const auto now = spool.snapshot(spool.folder("INBOX"));
    given.push_back((*now)[now->size() - 1]);
    spool.close();
  }
  CHECK(given[1].uid > given[0].uid);
  CHECK(given[1].id > given[0].id);
}

TEST_CASE("A rebuild that was cut off while the index was put in place is ended by the next") {
  Lost spool;
  const auto before = spool.seen();
  spool.close();
  CHECK(spool.rebuild().base == Base::index);
  fs::rename(spool.index(), spool.directory() / "index.db.whole"); // as if its last rename had not come about
  fs::remove(spool.snapshot_file());
  CHECK(spool.rebuild().base == Base::index);
  CHECK(!fs::exists(spool.directory() / "index.db.whole"));
  spool.open();
  CHECK(spool.seen() == before);
}

TEST_CASE("A rebuild that was cut off while the index was put in place is ended by the next start") {
  Lost spool;
  spool.reopen();
  REQUIRE(spool.append(spool.folder("INBOX"), mail("in the log")).has_value());
  const auto before = spool.seen();
  const std::string without_log = test::file_bytes(spool.index());
  spool.close();
  CHECK(spool.rebuild().base == Base::index);
  const fs::path whole = spool.directory() / "index.db.whole";
  SECTION("before anything had another name") {
    fs::copy_file(spool.index(), whole);
  }
  SECTION("when the log of the old one was away") {
    fs::rename(spool.index(), whole);
    test::set_file_bytes(spool.index(), without_log);
  }
  SECTION("when the old one was away") {
    fs::rename(spool.index(), whole);
  }
  spool.open();
  CHECK(!fs::exists(whole));
  CHECK(spool.seen() == before);
  REQUIRE(spool.append(spool.folder("INBOX"), mail("later")).has_value());
  const auto after = spool.seen();
  spool.close();
  (void)spool.rebuild(); // takes nothing that is older than what is in use
  spool.open();
  CHECK(spool.seen() == after);
}

TEST_CASE("A folder in which a UID cannot be known gets a new UIDVALIDITY") {
  Lost spool;
  const auto old = spool.snapshot(spool.folder("INBOX"))->uidvalidity;
  spool.close();
  // As after its INBOX was another one: the snapshot's has given these UIDs to others.
  index::Database(spool.snapshot_file(), index::Database::Access::write)
      .run("DELETE FROM message WHERE record=3; DELETE FROM structure WHERE record=3; DELETE FROM record "
           "WHERE id=3; "
           "UPDATE meta SET value='3' WHERE key='next_record'; DELETE FROM message WHERE record=4; "
           "DELETE FROM record WHERE id=4");
  fs::remove(spool.index());
  const auto report = spool.rebuild();
  CHECK(report.added.size() == 2);
  REQUIRE(report.new_uidvalidity.size() == 2); // of Archive too
  spool.open();
  const auto now = spool.snapshot(spool.folder("INBOX"));
  CHECK(now->uidvalidity > old);
  CHECK(now->size() == 3);
}

TEST_CASE("A sound index is made again as it is, and what was given up stays so") {
  Lost spool;
  (void)spool.store(spool.folder("INBOX"), test::uids({1}), FlagChange::add, Flags::kDeleted);
  (void)spool.run(spool.spool().expunge(spool.folder("INBOX"), std::nullopt, "desk"));
  const auto before = spool.seen();
  spool.close();
  index::Database(spool.index(), index::Database::Access::write)
      .run("DELETE FROM deleted; DELETE FROM structure WHERE record=1; DELETE FROM record WHERE id=1");
  const auto report = spool.rebuild();
  CHECK(report.base == Base::index);
  CHECK(report.messages == 3);
  CHECK(report.rows_mended == 0);
  CHECK(report.added.empty());
  spool.open();
  CHECK(spool.seen() == before);
}

TEST_CASE("Rows that do not agree are mended from the bytes") {
  Lost spool;
  const auto before = spool.seen();
  spool.close();
  index::Database(spool.index(), index::Database::Access::write)
      .run("UPDATE structure SET envelope=x'00' WHERE record=1; UPDATE record SET offset=7 WHERE id=2; "
           "UPDATE message SET size=5 WHERE id=3; UPDATE mailbox SET uidnext=1; UPDATE meta SET value='1' "
           "WHERE "
           "key='next_message'; DELETE FROM structure WHERE record=4");
  CHECK(!spool.is_sound());
  const auto report = spool.rebuild();
  CHECK(report.rows_mended >= 5);
  CHECK(spool.is_sound());
  spool.open();
  CHECK(spool.seen() == before);
}

TEST_CASE("Damage of a pack costs what is damaged and no more") {
  Lost spool;
  spool.close();
  fs::remove(spool.index());
  const bool with_snapshot = GENERATE(true, false);
  if (!with_snapshot) fs::remove(spool.snapshot_file());
  SECTION("a body") {
    change_bytes(spool.directory() / "packs/000001.pack", "body of two", "BODY");
  }
  SECTION("a header") {
    auto bytes = test::file_bytes(spool.directory() / "packs/000001.pack");
    bytes[bytes.find("HsRc", 4) + 40] ^= 1;
    test::set_file_bytes(spool.directory() / "packs/000001.pack", bytes);
  }
  const auto report = spool.rebuild();
  CHECK(report.messages == (with_snapshot ? 4 : 3));
  CHECK(report.unreadable.size() == (with_snapshot ? 1U : 0U));
  CHECK(report.gaps.size() + report.unreadable.size() >= 1);
  spool.open();
  const auto now = spool.snapshot(spool.folder("INBOX"));
  const auto last = (*now)[now->size() - 1];
  CHECK(last.uid == Uid{3});
  CHECK(spool.text(last.id) == mail("three"));
}

TEST_CASE("An index of a newer version is not replaced") {
  Lost spool;
  spool.close();
  index::Database(spool.index(), index::Database::Access::write).run("PRAGMA user_version=99");
  const auto outcome = rebuild_index(spool.directory(), kNow, [](auto...) {});
  REQUIRE(outcome.has_error());
  CHECK(outcome.error().sentence.find("newer") != std::string::npos);
}

TEST_CASE("A rebuild needs the spool for itself, and a spool") {
  Lost spool;
  const fs::path others = spool.directory() / "index.db.rebuilt"; // who holds the spool may be making it
  std::ofstream(others) << "half";
  CHECK(rebuild_index(spool.directory(), kNow, [](auto...) {}).error().in_use);
  CHECK(fs::exists(others));
  CHECK(rebuild_index(spool.directory() / "none", kNow, [](auto...) {}).has_error());
  CHECK(!fs::exists(spool.directory() / "none"));
}

TEST_CASE("A walk goes on behind damage, and is not led astray by what a message holds") {
  const test::PackFolder folder;
  std::string inner;
  encode_header(test::info(77), 5, 0, inner);
  inner += "inner";
  encode_trailer("inner", inner);
  std::vector<Location> places;
  {
    auto packs = PackWriter::open(folder.path(), {}).value();
    for (int i = 1; i <= 4; ++i)
      places.push_back(
          packs->append(test::info(i), i == 2 ? "before " + inner + " after" : test::body(300, i)).value());
    REQUIRE(!packs->sync());
  }
  const auto walk_all = [&folder] {
    std::vector<std::int64_t> ids;
    auto walk = PackWalk::open(folder.path(), 1).value();
    while (const auto record = walk.next()) ids.push_back(record->info.record.value);
    return std::pair{ids, walk.gaps().size()};
  };
  using Ids = std::vector<std::int64_t>;
  CHECK(walk_all() == std::pair{Ids{1, 2, 3, 4}, std::size_t{0}});
  const std::string whole = test::file_bytes(folder / "000001.pack");
  // Every byte of the third record's fixed header.
  for (std::size_t at = 0; at < kFixedHeader2; ++at) {
    auto bytes = whole;
    bytes[places[2].offset + at] ^= 0x55;
    test::set_file_bytes(folder / "000001.pack", bytes);
    CHECK(walk_all() == std::pair{Ids{1, 2, 4}, std::size_t{1}});
  }
  // Cut at every place of the last record.
  for (auto size = places[3].offset + 1; size < whole.size(); size += 7) {
    test::set_file_bytes(folder / "000001.pack", std::string_view(whole).substr(0, size));
    CHECK(walk_all() == std::pair{Ids{1, 2, 3}, std::size_t{1}});
  }
  test::set_file_bytes(folder / "000001.pack", whole + std::string(5000, '\0')); // room that was not used
  CHECK(walk_all() == std::pair{Ids{1, 2, 3, 4}, std::size_t{0}});
}

TEST_CASE("An index that is made again twice within a second is kept each time") {
  Lost spool;
  spool.close();
  for (int i = 0; i < 3; ++i) static_cast<void>(spool.rebuild());
  std::size_t kept = 0;
  for (const auto& file : fs::directory_iterator(spool.directory())) {
    const std::string name = file.path().filename();
    if (name.starts_with("index.db.old-") && name.find("-wal") == std::string::npos &&
        name.find("-shm") == std::string::npos)
      ++kept;
  }
  CHECK(kept == 3);
}
