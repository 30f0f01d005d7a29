// A log of the index that is damaged in its middle is told from one that a crash cut off.
#include "spool/check/check.hpp"
#include "spool/index/log_damage.hpp"
#include "tests/spool/pack_fixture.hpp"
#include "tests/spool/spool_fixture.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool;
namespace fs = std::filesystem;

namespace {

// As a spool that was killed left it: several commits in the log.
struct Killed : test::SpoolFixture {
  explicit Killed(int copies = 0) {
    for (int i = 0; i < 5; ++i)
      REQUIRE(append(folder("INBOX"), "Subject: " + std::to_string(i) + "\r\n\r\nbody\r\n").has_value());
    appended = fs::file_size(log());
    for (int i = 0; i < copies; ++i) {
      REQUIRE(copy_to_archive());
      REQUIRE(
          store(folder("INBOX"), test::uids({2}), FlagChange::replace, i % 2 ? 0 : Flags::kSeen).has_value());
    }
    inbox = snapshot(folder("INBOX"));
    archive = snapshot(folder("Archive"));
    left.emplace_back("index.db", test::file_bytes(directory() / "index.db"));
    left.emplace_back("index.db-wal", test::file_bytes(directory() / "index.db-wal"));
    left.emplace_back("packs/000001.pack", test::file_bytes(directory() / "packs/000001.pack"));
    close();
    for (const auto& [name, bytes] : left) test::set_file_bytes(directory() / name, bytes);
  }
  bool copy_to_archive() {
    return run(spool().copy(folder("INBOX"), test::uids({1}), folder("Archive"))).has_value();
  }
  void damage(std::size_t at) {
    left[1].second[at] ^= 2;
    test::set_file_bytes(log(), left[1].second);
  }
  fs::path log() const { return directory() / "index.db-wal"; }
  std::uintmax_t appended = 0; // the log's size before the copies
  SnapshotPtr inbox, archive;
  std::vector<std::pair<std::string, std::string>> left;
};

} // namespace

TEST_CASE("A log that is whole, or cut at any place, is not damaged") {
  const Killed spool;
  CHECK(!index::log_is_damaged(spool.log()));
  const std::string whole = spool.left[1].second;
  for (std::size_t size = 0; size < whole.size(); size += 1001) {
    test::set_file_bytes(spool.log(), std::string_view(whole).substr(0, size));
    CHECK(!index::log_is_damaged(spool.log()));
  }
  // Torn at the end.
  auto torn = whole;
  torn[torn.size() - 300] ^= 1;
  test::set_file_bytes(spool.log(), torn);
  CHECK(!index::log_is_damaged(spool.log()));
  CHECK(!index::log_is_damaged(spool.directory() / "none"));
}

TEST_CASE(
    "A bit that flips in the middle of the log loses no message: the index is made again at the start") {
  Killed spool;
  const std::size_t place = GENERATE(1U, 9U, 17U, 30U, 2000U); // of a frame: header, its sums, its page
  const std::size_t frames = (spool.left[1].second.size() - 32) / 4120;
  spool.damage(32 + (frames / 2) * 4120 + place);
  CHECK(index::log_is_damaged(spool.log()));
  std::string found;
  for (CheckPlace check; check.stage != CheckStage::done;) {
    const CheckStep step = check_some(spool.directory(), check, true);
    for (const Finding& finding : step.findings) found += finding.what + '\n';
    check = step.next;
  }
  CHECK(found.find("the log of index.db is damaged") != found.npos);
  spool.open();
  CHECK(!index::log_is_damaged(spool.log()));
  const auto now = spool.snapshot(spool.folder("INBOX"));
  REQUIRE(now->size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK((*now)[i].uid == Uid{static_cast<std::uint32_t>(i + 1)});
    CHECK((*now)[i].modseq > spool.inbox->highest_modseq); // clients look at it again
  }
}

TEST_CASE("What commits gave out that a damaged log lost is not given out again") {
  Killed spool(3);
  spool.damage(spool.appended + 100); // the copies are in no pack
  spool.open();
  CHECK(spool.snapshot(spool.folder("Archive"))->size() < 3);
  REQUIRE(spool.copy_to_archive());
  const auto now = spool.snapshot(spool.folder("Archive"));
  const Message copy = (*now)[now->size() - 1], lost = (*spool.archive)[2];
  CHECK(copy.uid > lost.uid);
  CHECK(copy.id > lost.id);
  CHECK(copy.modseq > spool.archive->highest_modseq);
  CHECK(spool.snapshot(spool.folder("INBOX"))->highest_modseq > spool.inbox->highest_modseq);
}

TEST_CASE("A byte of the log's header that flips loses nothing either") {
  Killed spool;
  const std::size_t place = GENERATE(range(std::size_t{0}, std::size_t{32}));
  spool.damage(place);
  CHECK(index::log_is_damaged(spool.log()));
  spool.open();
  CHECK(spool.snapshot(spool.folder("INBOX"))->size() == 5);
}

TEST_CASE("A log whose header is torn while it begins anew is not damaged: the index holds all of it") {
  Killed spool;
  const auto index_file = spool.directory() / "index.db";
  std::string index, log;
  {
    index::Database database(index_file, index::Database::Access::write);
    REQUIRE(database.checkpoint(false));
    index = test::file_bytes(index_file);
    log = test::file_bytes(spool.log());
  }
  const std::size_t torn_at = GENERATE(range(std::size_t{1}, std::size_t{32}));
  for (std::size_t at = 12; at < torn_at; ++at) log[at] = static_cast<char>(log[at] + 1);
  test::set_file_bytes(index_file, index);
  test::set_file_bytes(spool.log(), log);
  CHECK(!index::log_is_damaged(spool.log()));
  // But where a page of it is older it is.
  test::set_file_bytes(index_file, spool.left[0].second);
  CHECK(index::log_is_damaged(spool.log()) == (torn_at > 12));
}
