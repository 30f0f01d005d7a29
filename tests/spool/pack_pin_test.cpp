// Packs that somebody reads are not removed.
#include "spool/copy/pack_pin.hpp"
#include "tests/spool/pack_fixture.hpp"

#include <catch2/catch.hpp>

using homespool::spool::PackPin;
using homespool::spool::test::PackFolder;

TEST_CASE("Packs may be removed only while nobody has pinned them") {
  const PackFolder packs;
  auto first = PackPin::hold(packs.path());
  auto second = PackPin::hold(packs.path());
  REQUIRE(first);
  REQUIRE(second);
  CHECK(!PackPin::to_remove(packs.path()));
  first.reset();
  CHECK(!PackPin::to_remove(packs.path()));
  second.reset();
  CHECK(PackPin::to_remove(packs.path()));
  CHECK(PackPin::hold(packs.path()));
}

TEST_CASE("Where there are no packs nothing is pinned") {
  const PackFolder packs;
  CHECK(!PackPin::hold(packs / "none"));
}
