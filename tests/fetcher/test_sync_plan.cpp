#include "fetcher/poll/sync_plan.hpp"

#include <catch2/catch.hpp>

using namespace homespool;
using namespace homespool::fetcher;
using namespace std::chrono_literals;
using spool::LedgerEntry;
using spool::LedgerState;
using Places = std::vector<std::size_t>;

namespace {

constexpr std::chrono::sys_seconds kNow{1'000'000s};

LedgerEntry entry(std::string uidl, LedgerState state, std::uint64_t size = 100) {
  LedgerEntry made;
  made.uidl = std::move(uidl);
  made.state = state;
  made.size = size;
  made.stored_at = kNow - 24h;
  if (state == LedgerState::stored || state == LedgerState::delete_sent) made.record = spool::RecordId{1};
  return made;
}

struct Case {
  Listing listing;
  std::vector<LedgerEntry> ledger;
  EntryKeys missing, uncompared;
  config::KeepUpstream keep;
  std::uint64_t largest = 1000;
  bool skip_all = false;

  void list(const std::string& id, std::uint64_t size = 100) {
    const std::string number = std::to_string(++count_);
    listing.add_id_line(number + " " + id);
    listing.add_size_line(number + " " + std::to_string(size));
  }
  Plan plan() {
    listing.settle();
    if (!listing.stat_count) listing.stat_count = listing.size();
    const LedgerIndex index(ledger);
    const PlanInput input{listing, index, missing, uncompared, keep, largest, skip_all, kNow};
    return make_plan(input);
  }

 private:
  int count_ = 0;
};

config::KeepUpstream keep_for(std::chrono::seconds after) {
  config::KeepUpstream keep;
  keep.kind = config::KeepUpstream::Kind::after;
  keep.after = after;
  return keep;
}

} // namespace

TEST_CASE("new messages are retrieved oldest first, those that failed before at the end") {
  Case c;
  c.list("failed");
  c.list("stored");
  c.list("new 1");
  c.list("new 2");
  LedgerEntry failed = entry("failed", LedgerState::listed);
  failed.tries = 1;
  c.ledger = {failed, entry("stored", LedgerState::stored)};
  const Plan plan = c.plan();
  CHECK(plan.retrieve == Places{2, 3, 0});
  CHECK(plan.remove.empty());
  CHECK(plan.updates.empty());
  CHECK(plan.doubtful.empty());
}

TEST_CASE("only what is stored and due is deleted") {
  Case c;
  c.list("stored");
  c.list("quarantined");
  c.list("skipped");
  c.list("large", 5000);
  c.list("fresh");
  c.ledger = {entry("stored", LedgerState::stored), entry("quarantined", LedgerState::quarantined),
              entry("skipped", LedgerState::skipped), entry("large", LedgerState::too_large, 5000)};
  SECTION("at once") {
    c.keep = keep_for(0s);
  }
  SECTION("after its time") {
    c.keep = keep_for(24h);
  }
  SECTION("when the deleter deleted it here") {
    c.keep.kind = config::KeepUpstream::Kind::until_deleted;
    c.ledger[0].deleted_here = true;
  }
  const Plan plan = c.plan();
  CHECK(plan.remove == Places{0});
  CHECK(plan.retrieve == Places{4});
}

TEST_CASE("what is not due stays upstream") {
  Case c;
  c.list("stored");
  c.ledger = {entry("stored", LedgerState::stored)};
  SECTION("for ever") {
    c.ledger[0].deleted_here = true;
  }
  SECTION("for a while") {
    c.keep = keep_for(24h + 1s);
  }
  SECTION("until it is deleted here") {
    c.keep.kind = config::KeepUpstream::Kind::until_deleted;
  }
  CHECK(c.plan().remove.empty());
}

TEST_CASE("an id with another size is retrieved and compared, and not deleted") {
  Case c;
  c.keep = keep_for(0s);
  c.list("reused", 200);
  c.list("unknown size", 0);
  c.ledger = {entry("reused", LedgerState::stored, 100), entry("unknown size", LedgerState::stored, 100)};
  const Plan plan = c.plan();
  CHECK(plan.retrieve == Places{0});
  CHECK(plan.doubtful.contains(0));
  CHECK(plan.remove == Places{1});
}

TEST_CASE("a few ids that were missing and are there again are compared, and not deleted unseen") {
  Case c;
  c.keep = keep_for(0s);
  c.list("always");
  c.list("back");
  c.ledger = {entry("always", LedgerState::stored)};
  Case before = c;
  before.ledger = {entry("back", LedgerState::stored)};
  before.listing = Listing();
  c.missing = before.plan().missing;
  c.ledger.push_back(entry("back", LedgerState::stored));
  const Plan plan = c.plan();
  CHECK(plan.retrieve == Places{1});
  CHECK(plan.doubtful.contains(1));
  CHECK(plan.remove == Places{0});
  // The comparison failed: the line broke. The doubt stays.
  Case again;
  again.keep = c.keep;
  again.list("always");
  again.list("back");
  again.ledger = c.ledger;
  again.uncompared = plan.uncompared;
  CHECK(again.plan().retrieve == Places{1});
  CHECK(again.plan().remove == Places{0});
}

TEST_CASE("many ids that were missing and are there again mean that a listing was partial") {
  Case before;
  for (int i = 0; i < 1000; ++i) before.ledger.push_back(entry(std::to_string(i), LedgerState::stored));
  Case c;
  c.missing = before.plan().missing;
  c.ledger = before.ledger;
  for (int i = 0; i < 1000; ++i) c.list(std::to_string(i));
  CHECK(c.plan().retrieve.empty());
}

TEST_CASE("a message that was deleted or gone and is there again is retrieved and compared") {
  for (const LedgerState state : {LedgerState::delete_sent, LedgerState::gone}) {
    Case c;
    c.keep = keep_for(0s);
    c.list("back");
    c.ledger = {entry("back", state)};
    const Plan plan = c.plan();
    CHECK(plan.retrieve == Places{0});
    CHECK(plan.doubtful.contains(0));
    CHECK(plan.remove.empty());
  }
}

TEST_CASE("an entry is gone after two complete listings without it") {
  Case first;
  first.list("here");
  first.ledger = {entry("here", LedgerState::stored), entry("away", LedgerState::stored)};
  const Plan once = first.plan();
  CHECK(once.updates.empty());
  CHECK(once.missing.size() == 1);

  Case partial;
  partial.list("here");
  partial.listing.stat_count = 2;
  partial.ledger = first.ledger;
  partial.missing = once.missing;
  const Plan proves_nothing = partial.plan();
  CHECK(proves_nothing.updates.empty());
  CHECK(proves_nothing.missing == once.missing);

  Case second;
  second.list("here");
  second.ledger = first.ledger;
  second.missing = once.missing;
  const Plan twice = second.plan();
  REQUIRE(twice.updates.size() == 1);
  CHECK(twice.updates[0].uidl == "away");
  CHECK(twice.updates[0].state == LedgerState::gone);
}

TEST_CASE("a DELE is settled by one complete listing, not by a partial one") {
  Case c;
  c.list("here");
  c.ledger = {entry("here", LedgerState::stored), entry("deleted", LedgerState::delete_sent)};
  SECTION("complete") {
    const Plan plan = c.plan();
    REQUIRE(plan.updates.size() == 1);
    CHECK(plan.updates[0].state == LedgerState::gone);
  }
  SECTION("partial") {
    c.listing.stat_count = 5;
    CHECK(c.plan().updates.empty());
  }
  SECTION("empty, and STAT says otherwise") {
    Case empty;
    empty.listing.stat_count = 2;
    empty.ledger = c.ledger;
    CHECK(empty.plan().updates.empty());
  }
}

TEST_CASE("a skipped message stays skipped when it is missing for a while") {
  Case c;
  c.ledger = {entry("old", LedgerState::skipped)};
  const Plan once = c.plan();
  CHECK(once.updates.empty());
  Case twice;
  twice.ledger = c.ledger;
  twice.missing = once.missing;
  CHECK(twice.plan().updates.empty());
}

TEST_CASE("large messages stay upstream until the limit is raised") {
  Case c;
  c.list("large", 5000);
  const Plan plan = c.plan();
  CHECK(plan.retrieve.empty());
  REQUIRE(plan.updates.size() == 1);
  CHECK(plan.updates[0].state == LedgerState::too_large);

  Case again;
  again.list("large", 5000);
  again.ledger = plan.updates;
  CHECK(again.plan().updates.empty());
  again.largest = 5000;
  CHECK(again.plan().retrieve == Places{0});
}

TEST_CASE("with first_fetch new the first listing is skipped as a whole") {
  Case c;
  c.skip_all = true;
  c.list("a");
  c.list("a");
  const Plan plan = c.plan();
  CHECK(plan.retrieve.empty());
  REQUIRE(plan.updates.size() == 2);
  CHECK(plan.updates[1].state == LedgerState::skipped);
  CHECK(plan.updates[1].occurrence == 1);
}

TEST_CASE("the same id twice in a listing is two messages") {
  Case c;
  c.list("same");
  c.list("same");
  c.ledger = {entry("same", LedgerState::stored)};
  const Plan plan = c.plan();
  CHECK(plan.retrieve == Places{1});
  CHECK(plan.doubtful.empty());
}

TEST_CASE("when most ids change at once all is retrieved, and nothing known is deleted or given up") {
  Case c;
  c.keep = keep_for(0s);
  for (int i = 0; i < 20; ++i) c.ledger.push_back(entry("old" + std::to_string(i), LedgerState::stored));
  c.list("old0");
  for (int i = 0; i < 20; ++i) c.list("new" + std::to_string(i));
  const Plan plan = c.plan();
  CHECK(plan.mass_change);
  CHECK(plan.retrieve.size() == 20);
  CHECK(plan.remove.empty());
  CHECK(plan.updates.empty());
}

TEST_CASE("when the ids of mail that was left alone change, it is still left alone, and new mail is not") {
  Case c;
  for (std::uint64_t i = 0; i < 12; ++i) {
    c.ledger.push_back(entry("old" + std::to_string(i), LedgerState::skipped, 100 + i % 3));
    c.list("moved" + std::to_string(i), 100 + i % 3);
  }
  c.list("new", 999);
  c.list("also new", 101);
  SECTION("with the same sizes") {
    const Plan plan = c.plan();
    CHECK(plan.mass_change);
    CHECK(plan.retrieve == Places{12, 13});
    REQUIRE(plan.updates.size() == 12);
    CHECK(plan.updates[0].uidl == "moved0");
    CHECK(plan.updates[0].state == LedgerState::skipped);
  }
  SECTION("with other sizes nothing tells what is new") {
    for (LedgerEntry& old : c.ledger) old.size += 1000;
    CHECK(c.plan().retrieve.empty());
    CHECK(c.plan().updates.size() == 14);
  }
  SECTION("once and for all: what arrives later is new") {
    const Plan plan = c.plan();
    Case later;
    later.ledger = c.ledger;
    for (const LedgerEntry& moved : plan.updates) later.ledger.push_back(moved);
    for (int i = 0; i < 12; ++i) later.list("moved" + std::to_string(i), 100 + static_cast<unsigned>(i) % 3);
    for (int i = 0; i < 30; ++i) later.list("fresh" + std::to_string(i), 100);
    CHECK_FALSE(later.plan().mass_change);
    CHECK(later.plan().retrieve.size() == 30);
  }
}

TEST_CASE("a mailbox that was emptied is no mass change") {
  Case c;
  for (int i = 0; i < 20; ++i) c.ledger.push_back(entry("old" + std::to_string(i), LedgerState::stored));
  c.list("new");
  CHECK_FALSE(c.plan().mass_change);
}

TEST_CASE("a message is quarantined at its third failure within a day") {
  LedgerEntry failing = entry("x", LedgerState::listed);
  failing = after_failed_try(failing, kNow, "no");
  failing = after_failed_try(failing, kNow + 1h, "no");
  CHECK(failing.state == LedgerState::listed);
  CHECK(after_failed_try(failing, kNow + 2h, "no").state == LedgerState::quarantined);
  const LedgerEntry next_week = after_failed_try(failing, kNow + 200h, "no");
  CHECK(next_week.state == LedgerState::listed);
  CHECK(next_week.tries == 1);
}

TEST_CASE("what is stored stays so when comparing it fails, and is left alone for a day after three tries") {
  LedgerEntry stored = entry("x", LedgerState::stored);
  for (int i = 0; i < 3; ++i) stored = after_failed_try(stored, kNow - 1h, "no");
  CHECK(stored.state == LedgerState::stored);
  Case c;
  c.list("x", 999);
  c.ledger = {stored};
  CHECK(c.plan().retrieve.empty());
  c.ledger[0].last_try = kNow - 25h;
  CHECK(c.plan().retrieve == Places{0});
}

TEST_CASE("what was lost here is retrieved again and not deleted, be it due or not") {
  Case lost;
  lost.keep = keep_for(GENERATE(0s, 24h * 365));
  for (const char* id : {"a", "b"}) {
    lost.list(id);
    lost.ledger.push_back(entry(id, LedgerState::stored));
  }
  lost.ledger[0].lost = true;
  const Plan plan = lost.plan();
  CHECK(plan.retrieve == Places{0});
  CHECK(plan.doubtful.empty()); // it is this message and no other
  CHECK(std::count(plan.remove.begin(), plan.remove.end(), 0) == 0);
  lost.ledger[0].tries = 3;
  lost.ledger[0].last_try = kNow - 1h;
  const Plan later = lost.plan();
  CHECK(later.retrieve.empty());
  CHECK(std::count(later.remove.begin(), later.remove.end(), 0) == 0);
}
