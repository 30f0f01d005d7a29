// Which packs are worth rewriting.
#include "spool/pack/pack.hpp"
#include "spool/retention/dead_space.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool;

TEST_CASE("A pack is rewritten when at least half of it is dead, and a single message's pack never") {
  const auto worth = [](std::uint32_t pack, std::uint64_t size, std::uint64_t dead) {
    PackSpace space;
    space.pack = pack;
    space.size = size;
    space.dead = dead;
    return worth_rewriting(space);
  };
  CHECK(worth(1, 1 << 20, 1 << 19));
  CHECK_FALSE(worth(1, 1 << 20, (1 << 19) - 1));
  CHECK_FALSE(worth(1, 20000, 20000)); // too little to copy anything for
  CHECK_FALSE(worth(kFirstSingle + 1, 1 << 20, 1 << 20));
}
