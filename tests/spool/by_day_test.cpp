// Hashes that begin with the day, in new spools; the older ones stay as they are.
#include "spool/index/by_day.hpp"
#include "spool/index/schema.hpp"
#include "tests/spool/provider_fixture.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool;
using homespool::spool::test::Provider;
using homespool::spool::test::SpoolFixture;

namespace {

const std::string kOld =
    "Date: Thu, 1 Jan 2004 10:00:00 +0900\r\nMessage-ID: <a@b>\r\nSubject: old\r\n\r\nx\r\n";
const std::string kNew =
    "Date: Thu, 1 Jan 2026 10:00:00 +0900\r\nMessage-ID: <c@d>\r\nSubject: new\r\n\r\ny\r\n";
const std::string kNone = "Subject: none\r\n\r\nz\r\n";

std::vector<std::int64_t> hashes(SpoolFixture& spool, const char* column) {
  index::Database database(spool.directory() / "index.db", index::Database::Access::read);
  std::vector<std::int64_t> out;
  const std::string sql = std::string("SELECT ") + column + " FROM origin ORDER BY record";
  index::Statement rows(database.handle(), sql);
  while (rows.step()) out.push_back(rows.integer(0));
  return out;
}

} // namespace

TEST_CASE("The day a message was written is read from its Date, if that is one") {
  CHECK(day_written("Date: Thu, 1 Jan 1970 23:59:59 +0000\r\n\r\n") == 0);
  CHECK(day_written("Date: Fri, 2 Jan 1970 00:00:00 +0000\r\n\r\n") == 1);
  CHECK(day_written("Subject: x\r\nDATE: 1 Jan 2026 00:00:00 +0000\r\n\r\n") == 20'454);
  CHECK(day_written("Date: 1 Jan 1901 00:00:00 +0000\r\n\r\n") == 0);
  CHECK(day_written("Date: 1 Jan 9999 00:00:00 +0000\r\n\r\n") == 0xffff);
  CHECK(day_written("Date: soon\r\n\r\n") == 0);
  CHECK(by_day(~std::uint64_t{0}, 0xffff) == ~std::uint64_t{0} >> 1);
  CHECK(by_day(~std::uint64_t{0}, 1) < by_day(0, 2));
  CHECK(by_day(std::uint64_t{1} << 63, 0) > by_day(0, 0));
}

TEST_CASE("Messages of one time stand together in a new spool, and are known again") {
  SpoolFixture spool;
  Provider isp(spool, "isp"), work(spool, "work");
  isp.lists = {"a", "b", "c"};
  isp.give({{"a", kNew}, {"b", kOld}, {"c", kNone}});
  const auto found = hashes(spool, "hash");
  REQUIRE(found.size() == 3);
  CHECK(found[2] < found[1]);
  CHECK(found[1] < found[0]);
  CHECK(found[2] >= 0);
  CHECK(hashes(spool, "coalesce(likeness, 0)")[1] >> 47 == found[1] >> 47);
  spool.reopen();
  isp.lists = {"d", "e", "f"};
  CHECK(isp.give({{"d", kNew}, {"e", kOld}, {"f", kNone}}) == test::Duplicates{true, true, true});
  work.lists = {"x"};
  CHECK(work.give({{"x", "X-Provider: other\r\n" + kOld}}) == test::Duplicates{true});
}

TEST_CASE("A spool from before goes on with its plain hashes") {
  SpoolFixture spool;
  spool.close();
  {
    index::Database database(spool.directory() / "index.db", index::Database::Access::write);
    database.run("DELETE FROM meta WHERE key='hashes'");
  }
  spool.open();
  Provider isp(spool, "isp");
  isp.lists = {"a"};
  isp.give({{"a", kOld}});
  const auto plain = hashes(spool, "hash").front();
  CHECK(plain >> 47 != day_written(kOld));
  spool.reopen();
  isp.lists = {"b"};
  CHECK(isp.give({{"b", kOld}}) == test::Duplicates{true});
  CHECK(hashes(spool, "hash") == std::vector<std::int64_t>{plain});
}
