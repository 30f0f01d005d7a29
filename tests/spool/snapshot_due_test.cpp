// When the index is copied for a rebuild.
#include "spool/rebuild/snapshot.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool;
using namespace std::chrono_literals;

TEST_CASE("A snapshot is made rarely, in quiet hours, and at the latest after a day") {
  struct Case {
    SnapshotFacts facts;
    bool due;
  };
  const Case cases[] = {
      {{false, 0s, 0, 0s}, false},     {{false, 0s, 0, 60s}, true},    {{true, 100h, 0, 100h}, false},
      {{true, 25h, 1, 60s}, true},     {{true, 25h, 1, 0s}, false},    {{true, 27h, 1, 0s}, true},
      {{true, 2h, 1999, 300s}, false}, {{true, 2h, 2000, 300s}, true}, {{true, 10min, 90000, 300s}, false},
  };
  for (const Case& one : cases) CHECK(snapshot_due(one.facts) == one.due);
}
