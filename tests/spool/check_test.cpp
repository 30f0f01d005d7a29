// What a check finds: nothing in a sound spool, and each kind of damage by its name, with the messages it
// affects.
#include "spool/check/affected.hpp"
#include "spool/check/check.hpp"
#include "tests/spool/spool_fixture.hpp"

#include <catch2/catch.hpp>
#include <fstream>

using namespace homespool::spool;
using test::SpoolFixture;

namespace {

std::vector<Finding> check_all(const std::filesystem::path& directory, bool deep) {
  std::vector<Finding> findings;
  CheckPlace place;
  for (int steps = 0; place.stage != CheckStage::done; ++steps) {
    REQUIRE(steps < 1000);
    const CheckStep step = check_some(directory, place, deep);
    findings.insert(findings.end(), step.findings.begin(), step.findings.end());
    place = step.next;
  }
  return findings;
}

std::vector<std::string> kinds(const std::vector<Finding>& findings) {
  std::vector<std::string> kinds;
  for (const Finding& finding : findings) {
    CHECK(!finding.what.empty());
    CHECK(!finding.mend.empty());
    kinds.push_back(finding.kind);
  }
  return kinds;
}

using Kinds = std::vector<std::string>;

// Three messages in packs/000001.pack, one of 2 MiB in a pack by itself; the spool is closed.
struct Filled : SpoolFixture {
  Filled() {
    for (const char* subject : {"one", "two", "three"})
      REQUIRE(append(folder("INBOX"), "Subject: " + std::string(subject) + "\r\n\r\nbody " + subject + "\r\n")
                  .has_value());
    REQUIRE(
        append(folder("Archive"), "Subject: big\r\n\r\n" + std::string(2 << 20, 'x') + "\r\n").has_value());
    close();
  }
  std::filesystem::path pack(const char* name) const { return directory() / "packs" / name; }
  void run_sql(const std::string& sql) const {
    index::Database(directory() / "index.db", index::Database::Access::write).run(sql);
  }
  Kinds fast() const { return kinds(check_all(directory(), false)); }
  Kinds deep() const { return kinds(check_all(directory(), true)); }
};

void change_byte(const std::filesystem::path& path, std::string_view what) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  const auto at = bytes.find(what);
  REQUIRE(at != std::string::npos);
  file.clear();
  file.seekp(static_cast<std::streamoff>(at));
  file.put('~');
}

} // namespace

TEST_CASE("A sound spool has no findings, closed or in use") {
  Filled spool;
  CHECK(spool.fast().empty());
  CHECK(spool.deep().empty());
  spool.open();
  REQUIRE(spool.append(spool.folder("INBOX"), "Subject: four\r\n\r\n").has_value());
  CHECK(spool.deep().empty());
}

TEST_CASE("Beside a daemon damage is found although the bytes ride in the index still") {
  Filled spool;
  spool.open();
  REQUIRE(spool.append(spool.folder("INBOX"), "Subject: four\r\n\r\nbody four\r\n").has_value());
  change_byte(spool.pack("000001.pack"), "body four");
  CheckedFiles files = files_of(spool.directory());
  Kinds found;
  files.in_use = true;
  for (CheckPlace place; place.stage != CheckStage::done;) {
    const CheckStep step = check_some(files, place, [](const Location&) { return true; });
    for (const auto& kind : kinds(step.findings)) found.push_back(kind);
    place = step.next;
  }
  CHECK(found == Kinds{"record-damaged"});
}

TEST_CASE("A check of a place that is no spool makes none") {
  const test::TemporaryFolder folder;
  CHECK(kinds(check_all(folder.path() / "none", true)) == Kinds{"index-missing"});
  CHECK(!std::filesystem::exists(folder.path() / "none"));
}

TEST_CASE("A changed byte of a message is found by a deep check alone, and names the message") {
  const Filled spool;
  change_byte(spool.pack("000001.pack"), "body two");
  CHECK(spool.fast().empty());
  const auto findings = check_all(spool.directory(), true);
  REQUIRE(kinds(findings) == Kinds{"record-damaged"});
  REQUIRE(findings[0].messages.size() == 1);
  const AffectedMessage& message = findings[0].messages[0];
  CHECK(message.user == "taro");
  CHECK(message.folder == "INBOX");
  CHECK(message.uid == 2);
  CHECK(message.subject == "two");
  CHECK(message.uidl.ends_with(".2"));
}

TEST_CASE("A changed byte of a record's header is found by every check") {
  const Filled spool;
  change_byte(spool.pack("000001.pack"), "HsRc");
  CHECK(spool.fast() == Kinds{"record-damaged"});
}

TEST_CASE("A pack that is missing or cut is found, with every message in it") {
  const Filled spool;
  std::filesystem::resize_file(spool.pack("s000001.pack"), 1 << 20);
  CHECK(spool.fast() == Kinds{"pack-truncated"});
  std::filesystem::remove(spool.pack("000001.pack"));
  CHECK(spool.fast() == Kinds{"pack-missing", "pack-missing", "pack-missing", "pack-truncated"});
}

TEST_CASE("Rows that do not agree are found") {
  using Case = std::pair<const char*, const char*>;
  const auto [sql, kind] = GENERATE(
      Case{"DELETE FROM record WHERE id=2", "record-missing"},
      Case{"UPDATE mailbox SET uidnext=2 WHERE name='Archive'; UPDATE message SET uid=2 WHERE id=4",
           "row-wrong"},
      Case{"UPDATE message SET size=7 WHERE id=1", "row-wrong"},
      Case{"UPDATE message SET modseq=99 WHERE id=1", "row-wrong"},
      Case{"DELETE FROM mailbox WHERE name='Archive'", "row-wrong"},
      Case{"DELETE FROM structure WHERE record=3", "row-wrong"},
      Case{"UPDATE record SET size=1000000000000 WHERE id=3", "row-wrong"},
      Case{"UPDATE record SET offset=-5 WHERE id=4", "row-wrong"},
      Case{"UPDATE record SET id=9 WHERE id=3; UPDATE structure SET record=9 WHERE record=3; "
           "UPDATE message SET record=9 WHERE record=3; UPDATE meta SET value=20 WHERE key='next_record'",
           "record-damaged"},
      Case{"UPDATE meta SET value='2' WHERE key='next_message'", "counter-behind"},
      Case{"UPDATE meta SET value='2' WHERE key='next_record'", "counter-behind"},
      Case{"UPDATE meta SET value='2' WHERE key='last_uidvalidity'", "counter-behind"});
  const Filled spool;
  spool.run_sql(sql);
  INFO(sql);
  const Kinds found = spool.fast();
  REQUIRE(!found.empty());
  CHECK(std::find(found.begin(), found.end(), kind) != found.end());
}

TEST_CASE("What the index says of a message's structure is compared with its bytes by a deep check") {
  const char* sql = GENERATE(
      "UPDATE structure SET envelope=x'28' WHERE record=1", "UPDATE structure SET parts=x'01' WHERE record=4",
      "UPDATE record SET header_sum=1 WHERE id=2", "UPDATE record SET has_nul=1 WHERE id=2");
  const Filled spool;
  spool.run_sql(sql);
  CHECK(spool.fast().empty());
  CHECK(spool.deep() == Kinds{"structure-differs"});
}

TEST_CASE("An index with anything in it that homespool does not make is not read") {
  const char* sql =
      GENERATE("CREATE TRIGGER t AFTER DELETE ON message BEGIN DELETE FROM record; END",
               "CREATE VIEW v AS SELECT 1", "CREATE TABLE extra(a)", "CREATE INDEX i ON message(size)",
               "DROP TABLE hidden", "ALTER TABLE hidden ADD COLUMN more TEXT DEFAULT 'x'");
  const Filled spool;
  spool.run_sql(sql);
  CHECK(spool.fast() == Kinds{"index-foreign"});
}

TEST_CASE("A newer index is not read") {
  const Filled spool;
  spool.run_sql("PRAGMA user_version=99");
  CHECK(spool.fast() == Kinds{"index-newer"});
}

TEST_CASE("A damaged or missing index is found") {
  const Filled spool;
  const auto index = spool.directory() / "index.db";
  {
    std::fstream file(index, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(30000, 'Z');
  }
  const Kinds found = spool.fast();
  REQUIRE(!found.empty());
  CHECK(found.front() == "index-damaged");
  std::filesystem::resize_file(index, 10);
  CHECK(spool.fast() == Kinds{"index-damaged"});
  std::filesystem::remove(index);
  CHECK(spool.fast() == Kinds{"index-missing"});
  CHECK(!std::filesystem::exists(index));
}

TEST_CASE("The subject is told as a person reads it") {
  CHECK(subject_of("(\"d\" \"plain \\\"q\\\"\" NIL)") == "plain \"q\"");
  CHECK(subject_of("(NIL {3}\r\nabc NIL)") == "abc");
  CHECK(subject_of("(NIL \"=?utf-8?q?caf=C3=A9?=\" NIL)") == "caf\xc3\xa9");
  CHECK(subject_of("(NIL {9}\r\na\x1b[31m\xc2\x9bz NIL)") == "a [31m z");
  for (const char* broken : {"", "(", "(NIL", "(NIL ", "(NIL {9999999}", "(\"", "(NIL \"abc"})
    CHECK(subject_of(broken).size() <= 3);
}
