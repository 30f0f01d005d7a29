// The sums that a start takes over instead of counting all rows.
#include "spool/index/schema.hpp"
#include "spool/store/counted.hpp"
#include "tests/spool/provider_fixture.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool;
using homespool::spool::test::Provider;
using homespool::spool::test::SpoolFixture;

namespace {

const std::string kOne = "Subject: one\r\n\r\nfirst\r\n", kTwo = "Subject: two\r\n\r\nsecond\r\n";

void set_counted(SpoolFixture& spool, const std::function<std::string(index::Database&)>& value) {
  spool.close();
  {
    index::Database database(spool.directory() / "index.db", index::Database::Access::write);
    index::set_meta(database, "counted", value(database));
  }
  spool.open();
}

NextIds ids_of(index::Database& database) {
  return {std::stoll(index::meta(database, "next_message").value()),
          std::stoll(index::meta(database, "next_record").value())};
}

} // namespace

TEST_CASE("Sums are kept and read again, whatever the accounts are called") {
  Counted counted;
  counted.totals = {3, 4'000'000'000, 0};
  counted.accounts["with a blank"] = {1, 2, 3, 4};
  counted.accounts["isp"] = {5, 0, 0, 0};
  const std::string kept = pack_counted(counted, {7, 8});
  const auto read = unpack_counted(kept, {7, 8});
  REQUIRE(read);
  CHECK(read->totals.messages == 3);
  CHECK(read->totals.bytes == 4'000'000'000);
  CHECK(read->accounts.size() == 2);
  CHECK(read->accounts.at("with a blank").too_large == 4);
  CHECK(read->accounts.at("isp").stored == 5);
  CHECK_FALSE(unpack_counted(kept, {7, 9}));
  CHECK_FALSE(unpack_counted(kept, {6, 8}));
  for (std::size_t end = 0; end < kept.size(); ++end)
    CHECK_FALSE(unpack_counted(kept.substr(0, end), {7, 8}));
}

TEST_CASE("A start takes over the sums, and counts again what it cannot believe") {
  SpoolFixture spool;
  Provider isp(spool, "isp");
  isp.lists = {"a", "b"};
  isp.give({{"a", kOne}, {"b", kTwo}});
  const auto holds_two = [&] {
    const SpoolStatus status = spool.spool().status();
    return status.messages == 2 && status.bytes == kOne.size() + kTwo.size() &&
           spool.spool().ledger_counts("isp").stored == 2;
  };
  CHECK(holds_two());
  spool.reopen();
  CHECK(holds_two());
  set_counted(spool, [](index::Database&) { return "nonsense"; });
  CHECK(holds_two());
  set_counted(spool, [](index::Database& database) { // of another moment
    const NextIds ids = ids_of(database);
    return pack_counted({{77, 7, 0}, {}}, {ids.message - 1, ids.record});
  });
  CHECK(holds_two());
  set_counted(spool, [](index::Database& database) {
    return pack_counted({{77, 7, 0}, {}}, ids_of(database));
  });
  CHECK(spool.spool().status().messages == 77);
}
