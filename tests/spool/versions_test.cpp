// A spool of each earlier version (tests/spool/versions/) is opened, upgraded, and what clients know of it
// stays.
#include "spool/check/check.hpp"
#include "spool/index/page_sums.hpp"
#include "spool/index/schema.hpp"
#include "spool/rebuild/rebuild.hpp"
#include "tests/spool/pack_fixture.hpp"
#include "tests/spool/spool_fixture.hpp"
#include "tests/support/repository.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

using namespace homespool::spool;
using test::SpoolFixture;
namespace fs = std::filesystem;

namespace {

const int kOlder[] = {1};

struct OldSpool : SpoolFixture {
  explicit OldSpool(int version)
      : saved(homespool::tests::repository() / "tests/spool/versions" / ("v" + std::to_string(version))) {
    destroy();
    fs::create_directories(directory());
    fs::copy(saved / "packs", directory() / "packs");
    // As that program did, which knew nothing of sums.
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open((directory() / "index.db").c_str(), &database) == SQLITE_OK);
    CHECK(sqlite3_exec(database, "PRAGMA journal_mode=WAL", nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK(sqlite3_exec(database, test::file_bytes(saved / "index.sql").c_str(), nullptr, nullptr, nullptr) ==
          SQLITE_OK);
    sqlite3_close(database);
  }
  void destroy() {
    close();
    fs::remove_all(directory());
  }
  bool has_sums() const {
    index::Database database(directory() / "index.db", index::Database::Access::read);
    return index::has_page_sums(database.handle());
  }
  int version() const {
    index::Database database(directory() / "index.db", index::Database::Access::read);
    return index::schema_version(database);
  }
  // As the program that made it told what an IMAP and a POP3 client saw.
  std::string seen() {
    std::string all, uidls;
    for (const char* name : {"INBOX", "Work/2026"}) {
      const auto now = snapshot(folder(name));
      all += std::string(name) + " " + std::to_string(now->uidvalidity) + "\n";
      now->for_each(0, now->size(), [&](std::size_t, const Message& message) {
        std::istringstream names(flag_names(message.flags, *now->keywords));
        std::set<std::string> flags{std::istream_iterator<std::string>(names), {}};
        all += std::to_string(message.uid.value) + " ";
        for (const std::string& flag : flags) all += flag + " ";
        const std::string whole = text(message.id);
        const auto subject = whole.find("Subject: ") + 9;
        all += whole.substr(subject, whole.find("\r\n", subject) - subject) + "\n";
        if (std::string(name) == "INBOX") uidls += "UIDL " + spool().uidl(message.id) + "\n";
        return true;
      });
    }
    return all + uidls;
  }

  fs::path saved;
};

std::vector<std::string> findings_of(const fs::path& directory) {
  std::vector<std::string> all;
  for (CheckPlace place; place.stage != CheckStage::done;) {
    const CheckStep step = check_some(directory, place, true);
    for (const Finding& finding : step.findings) all.push_back(finding.what);
    place = step.next;
  }
  return all;
}

// Upgrades in a process of its own, which ends in the middle, after so many steps of SQLite. True when it had
// ended before.
bool upgrade_and_die(const fs::path& index, int steps) {
  const pid_t child = ::fork();
  if (child == 0) {
    index::Database database(index, index::Database::Access::write);
    sqlite3_progress_handler(
        database.handle(), 1,
        [](void* left) -> int {
          if (--*static_cast<int*>(left) == 0) ::_exit(1);
          return 0;
        },
        &steps);
    index::upgrade_schema(database);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace

TEST_CASE("A spool of an older version is upgraded, and clients see no difference") {
  for (const int version : kOlder) {
    OldSpool spool(version);
    CHECK(spool.version() == version);
    CHECK(findings_of(spool.directory()).empty()); // it can be checked as it is
    spool.open();
    CHECK(spool.findings_of_mail().empty());
    CHECK(spool.version() == index::kSchemaVersion);
    CHECK(spool.has_sums());
    CHECK(spool.seen() == test::file_bytes(spool.saved / "expected.txt"));
    REQUIRE(spool.append(spool.folder("INBOX"), "Subject: new\r\n\r\n").has_value());
    spool.close();
    CHECK(findings_of(spool.directory()).empty());
  }
}

TEST_CASE("The packs of version 1 do not tell UIDLs, and a rebuild from them alone says so") {
  OldSpool spool(1);
  fs::remove(spool.directory() / "index.db");
  const auto outcome = rebuild_index(spool.directory(), std::chrono::sys_seconds{}, [](auto...) {});
  REQUIRE(!outcome.has_error());
  CHECK(!outcome->same_uidls);
}

TEST_CASE("There is a spool of every earlier version") {
  CHECK(std::size(kOlder) == index::kSchemaVersion - 1);
}

TEST_CASE("An upgrade that is killed in the middle is done again") {
  OldSpool spool(1);
  bool done = false;
  int deaths = 0;
  for (int steps = 1; !done; steps += 40) {
    done = upgrade_and_die(spool.directory() / "index.db", steps);
    deaths += done ? 0 : 1;
    if (!done) CHECK((spool.version() == 1 || !spool.has_sums())); // the tables first, then the sums
  }
  CHECK(deaths > 5);
  spool.open();
  CHECK(spool.has_sums());
  CHECK(spool.seen() == test::file_bytes(spool.saved / "expected.txt"));
}

TEST_CASE("A spool of a newer version is refused in one sentence, and left alone") {
  OldSpool spool(1);
  index::Database(spool.directory() / "index.db", index::Database::Access::write)
      .run("PRAGMA user_version=1000");
  const auto opened = Spool::open(spool.options());
  REQUIRE(opened.has_error());
  CHECK(opened.error().sentence.find("newer version") != std::string::npos);
  CHECK(opened.error().sentence.find('\n') == std::string::npos);
  CHECK(spool.version() == 1000);
}
