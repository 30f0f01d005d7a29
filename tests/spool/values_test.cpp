#include "spool/flags.hpp"
#include "spool/index/same_content.hpp"
#include "spool/uid_set.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <set>

using namespace homespool::spool;

TEST_CASE("A UID set merges ranges in whatever order they come") {
  UidSet set;
  set.add(Uid{7});
  set.add(Uid{1}, Uid{3});
  CHECK(set.text() == "1:3,7");
  set.add(Uid{6}, Uid{4});
  CHECK(set.text() == "1:7");
  CHECK(set.count() == 7);
  set.add(Uid{0xffffffff});
  set.add(Uid{0xffffffff});
  CHECK(set.text() == "1:7,4294967295");
  CHECK(set.contains(Uid{4}));
  CHECK_FALSE(set.contains(Uid{8}));
}

TEST_CASE("A UID set agrees with a plain set") {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    UidSet set;
    std::set<std::uint32_t> plain;
    for (int i = 0; i < 60; ++i) {
      const std::uint32_t first = 1 + random() % 200, last = first + random() % 5;
      set.add(Uid{first}, Uid{last});
      for (std::uint32_t uid = first; uid <= last; ++uid) plain.insert(uid);
    }
    CHECK(set.count() == plain.size());
    for (std::uint32_t uid = 0; uid < 210; ++uid) {
      if (set.contains(Uid{uid}) != plain.contains(uid)) FAIL(uid);
    }
    for (std::size_t i = 1; i < set.ranges().size(); ++i) {
      if (set.ranges()[i].first <= set.ranges()[i - 1].last + 1) FAIL(set.text());
    }
  }
}

TEST_CASE("Flags are named in IMAP's way") {
  CHECK(system_flag("\\seen") == Flags::kSeen);
  CHECK_FALSE(system_flag("\\Recent"));
  CHECK_FALSE(system_flag("$Junk"));
  CHECK(flag_names(Flags{Flags::kSeen | 1U << 9}, {"$Junk", "$Forwarded"}) == "\\Seen $Forwarded");
  CHECK(same_keyword("$Junk", "$JUNK"));
}

TEST_CASE("Header lines that servers rewrite are left out of comparisons, with their continuations") {
  struct Row {
    const char* header;
    const char* kept;
  };
  const Row rows[] = {
      {"From: a\r\nStatus: RO\r\n\r\n", "From: a\r\n\r\n"},
      {"X-UIDL: 1\r\n 2\r\nTo: b\r\n\r\n", "To: b\r\n\r\n"},
      {"x-mozilla-status2: 0\r\nX-Status : A\r\n\r\n", "\r\n"},
      {"Status-Of: x\r\nStatusy: y\r\n\r\n", "Status-Of: x\r\nStatusy: y\r\n\r\n"},
      {"Status: R", ""},
  };
  for (const Row& row : rows) CHECK(index::without_ignored_fields(row.header) == row.kept);
}
