// The index stands aside while commits flow, not for ever, and not otherwise.
#include "spool/search/giving_way.hpp"
#include "tests/spool/search/search_fixture.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool::search;
using homespool::spool::search::test::SearchFixture;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr GivingWay::Duration kNone = GivingWay::Duration::zero();
const GivingWay::Time kStart{hours(1)};

} // namespace

TEST_CASE("Nobody is given way to when nobody commits") {
  GivingWay way(milliseconds(100));
  CHECK(way.wait(kStart) == kNone);
  way.committed(kStart);
  CHECK(way.wait(kStart + milliseconds(100)) == kNone);
  CHECK(way.wait(kStart + hours(1)) == kNone);
}

TEST_CASE("The index goes on when there was no commit for a while") {
  GivingWay way(milliseconds(100));
  way.committed(kStart);
  CHECK(way.wait(kStart) == milliseconds(100));
  way.committed(kStart + milliseconds(60));
  CHECK(way.wait(kStart + milliseconds(100)) == milliseconds(60));
  CHECK(way.wait(kStart + milliseconds(160)) == kNone);
}

TEST_CASE("The index has a share of the time though commits never end") {
  GivingWay way(milliseconds(100));
  GivingWay::Time now = kStart;
  GivingWay::Duration worked = kNone, waited = kNone;
  while (now < kStart + seconds(200)) {
    way.committed(now);
    const auto wait = way.wait(now);
    const auto took = wait > kNone ? std::min<GivingWay::Duration>(wait, milliseconds(5)) : milliseconds(2);
    (wait > kNone ? waited : worked) += took;
    now += took;
  }
  CHECK(worked * GivingWay::kShare < (worked + waited) * 12 / 10);
  CHECK(worked * GivingWay::kShare > (worked + waited) * 8 / 10);
}

TEST_CASE("The index does not wait long at a time") {
  GivingWay way(seconds(100));
  way.committed(kStart);
  CHECK(way.wait(kStart) == GivingWay::kLongest);
  CHECK(way.wait(kStart + GivingWay::kLongest) == kNone);
}

TEST_CASE("An index that gives way is stopped at once") {
  SearchFixture fixture;
  fixture.limits.quiet = hours(1);
  fixture.store("Subject: one\r\n\r\ntext\r\n");
  fixture.open();
  fixture.index->wake();
  const auto began = std::chrono::steady_clock::now();
  fixture.close();
  CHECK(std::chrono::steady_clock::now() - began < GivingWay::kLongest / 2);
}
