// Savepoints undo what was written since, however much that was.
#include "spool/index/sqlite.hpp"
#include "tests/spool/spool_fixture.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool::index;
using homespool::spool::test::TemporaryFolder;

namespace {

std::int64_t sum(Database& database) {
  Use row(database.prepare("SELECT sum(number) FROM many"));
  return row->step() ? row->integer(0) : -1;
}

} // namespace

TEST_CASE("A change of thousands of pages can be undone and done") {
  constexpr int kRows = 6'000; // a page each
  const TemporaryFolder folder;
  Database database(folder.path() / "some.db", Database::Access::write);
  database.run("CREATE TABLE many(number INTEGER NOT NULL, filling BLOB NOT NULL)");
  database.run("BEGIN IMMEDIATE");
  Statement& put = database.prepare("INSERT INTO many(number, filling) VALUES(1, zeroblob(3000))");
  for (int i = 0; i < kRows; ++i) put.run();
  database.run("COMMIT");

  database.run("BEGIN IMMEDIATE");
  database.run("SAVEPOINT change");
  database.run("UPDATE many SET number=2");
  CHECK(sum(database) == 2 * kRows);
  database.run("ROLLBACK TO change");
  CHECK(sum(database) == kRows);
  database.run("UPDATE many SET number=3");
  database.run("RELEASE change");
  database.run("COMMIT");
  CHECK(sum(database) == 3 * kRows);
}
