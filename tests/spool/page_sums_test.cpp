// A bit that flips in any page of the index is found when the page is read, whatever row it was in.
#include "spool/check/check.hpp"
#include "spool/index/page_sums.hpp"
#include "spool/index/schema.hpp"
#include "tests/spool/pack_fixture.hpp"
#include "tests/spool/spool_fixture.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

using namespace homespool::spool;
using test::SpoolFixture;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPage = 4096;

struct Filled : SpoolFixture {
  Filled() {
    for (int i = 0; i < 40; ++i)
      REQUIRE(append(folder("INBOX"), "Subject: " + std::to_string(i) + "\r\n\r\nbody\r\n", Flags::kSeen)
                  .has_value());
    close();
  }
  fs::path index() const { return directory() / "index.db"; }
  bool is_sound() const {
    for (CheckPlace place; place.stage != CheckStage::done;) {
      const CheckStep step = check_some(directory(), place, false);
      if (!step.findings.empty()) return false;
      place = step.next;
    }
    return true;
  }
};

// As a program that knows nothing of sums.
void run_foreign(const fs::path& file, const char* sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &database) == SQLITE_OK);
  CHECK(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

} // namespace

TEST_CASE("A flipped bit anywhere behind the first page of an index is found by a fast check") {
  const Filled spool;
  REQUIRE(spool.is_sound());
  const std::string whole = test::file_bytes(spool.index());
  REQUIRE(whole.size() / kPage > 10);
  REQUIRE(whole.size() % kPage == 0);
  std::int64_t unnoticed = 0;
  for (std::size_t page = 1; page < whole.size() / kPage; ++page) {
    auto bytes = whole;
    const auto at = page * kPage + (page * 997) % kPage;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << page % 8));
    test::set_file_bytes(spool.index(), bytes);
    unnoticed += spool.is_sound() ? 1 : 0;
  }
  test::set_file_bytes(spool.index(), whole);
  index::Database database(spool.index(), index::Database::Access::read);
  index::Statement free_pages(database.handle(), "PRAGMA freelist_count"); // nothing is in them
  REQUIRE(free_pages.step());
  CHECK(unnoticed <= free_pages.integer(0));
  CHECK(unnoticed < 5);
}

TEST_CASE("A damaged page costs what is on it: the rest is served, and the damage told") {
  Filled spool;
  spool.open();
  const MailboxId archive = spool.folder("Archive");
  REQUIRE(spool.append(archive, "Subject: other\r\n\r\n").has_value());
  // So many that folders do not share their pages.
  for (int i = 0; i < 300; ++i) REQUIRE(spool.append(archive, "Subject: other\r\n\r\n").has_value());
  spool.close();
  int root = 0;
  {
    index::Database database(spool.index(), index::Database::Access::read);
    index::Statement row(database.handle(), "SELECT rootpage FROM sqlite_schema WHERE name='message'");
    REQUIRE(row.step());
    root = static_cast<int>(row.integer(0));
  }
  auto bytes = test::file_bytes(spool.index());
  const std::size_t at = (static_cast<std::size_t>(root) - 1) * kPage;
  const auto last_child = [&] {
    std::size_t child = 0;
    for (std::size_t i = 0; i < 4; ++i) child = child << 8U | static_cast<unsigned char>(bytes[at + 8 + i]);
    return child;
  }();
  REQUIRE(bytes[at] == 2); // an inner page of an index
  bytes[(last_child - 1) * kPage + 4000] ^= 1;
  test::set_file_bytes(spool.index(), bytes);
  spool.open();
  CHECK(spool.spool().mailboxes("taro").size() == 6);
  CHECK(spool.snapshot(spool.folder("INBOX"))->size() == 40);
  const auto refused = spool.run(spool.spool().snapshot(archive));
  CHECK(refused.has_error());
  spool.close();
  const auto findings = spool.findings();
  CHECK(std::any_of(findings.begin(), findings.end(), [](const std::string& finding) {
    return finding.find("rebuild-index") != std::string::npos;
  }));
}

TEST_CASE("What another program wrote to the first page is judged by what it says") {
  Filled spool;
  run_foreign(spool.index(), "PRAGMA user_version=99");
  CHECK(!index::first_page_holds(spool.index()));
  const auto newer = Spool::open(spool.options());
  REQUIRE(newer.has_error());
  CHECK(newer.error().sentence.find("newer") != std::string::npos);
  run_foreign(spool.index(), ("PRAGMA user_version=" + std::to_string(index::kSchemaVersion)).c_str());
  spool.open();
  REQUIRE(spool.append(spool.folder("INBOX"), "Subject: more\r\n\r\n").has_value());
  spool.close();
  CHECK(spool.is_sound());
}

TEST_CASE("Another program may look, and copy what is in the log into the file") {
  Filled spool;
  spool.open();
  REQUIRE(spool.append(spool.folder("INBOX"), "Subject: in the log\r\n\r\n").has_value());
  const fs::path copy = spool.directory() / "as-after-a-crash";
  fs::create_directory(copy);
  for (const char* name : {"index.db", "index.db-wal"}) fs::copy_file(spool.directory() / name, copy / name);
  run_foreign(copy / "index.db", "SELECT count(*) FROM message");
  REQUIRE(!fs::exists(copy / "index.db-wal"));
  index::Database database(copy / "index.db", index::Database::Access::read);
  index::Statement check(database.handle(), "PRAGMA integrity_check");
  REQUIRE(check.step());
  CHECK(check.bytes(0) == "ok");
}

TEST_CASE("A copy of an index has the sums that the index has") {
  Filled spool;
  spool.open();
  spool.close(); // leaves a snapshot
  const fs::path copy = spool.directory() / "index.snapshot";
  index::Database(copy, index::Database::Access::read).run("SELECT count(*) FROM message");
  auto bytes = test::file_bytes(copy);
  bytes[5 * kPage + 100] ^= 4;
  test::set_file_bytes(copy, bytes);
  index::Database damaged(copy, index::Database::Access::read);
  index::Statement check(damaged.handle(), "PRAGMA quick_check");
  CHECK((check.step() && check.bytes(0) != "ok"));
}
