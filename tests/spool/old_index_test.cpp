// An index of an earlier day is put in the place of the one in use: it is made again at the start, and
// nothing is lost, fetched again, or called by a number that something else had.
#include "spool/check/check.hpp"
#include "spool/pack/kept_end.hpp"
#include "tests/spool/pack_fixture.hpp"
#include "tests/spool/provider_fixture.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool;
using test::Duplicates;
using test::Provider;
using test::SpoolFixture;

namespace {

const std::string kMessage = "Subject: message\r\n\r\nbody\r\n";

// The messages of a folder, by what they are called.
struct Held {
  std::map<Uid, std::pair<MessageId, std::string>> messages;
  Held(SpoolFixture& spool, MailboxId folder) {
    const auto now = spool.snapshot(folder);
    now->for_each(0, now->size(), [&](std::size_t, const Message& message) {
      messages[message.uid] = {message.id, spool.text(message.id)};
      return true;
    });
  }
  bool operator==(const Held&) const = default;
  std::set<MessageId> ids() const {
    std::set<MessageId> ids;
    for (const auto& [uid, message] : messages) ids.insert(message.first);
    return ids;
  }
};

// A spool whose index can be kept, and put back later.
struct OldIndex : SpoolFixture {
  void keep_index() {
    close();
    kept = test::file_bytes(index);
    open();
  }
  void put_back() {
    close();
    test::set_file_bytes(index, kept);
  }
  // The findings of the next start.
  std::string opening() {
    const auto before = findings().size();
    reopen();
    std::string said;
    for (std::size_t i = before; i < findings().size(); ++i) said += findings()[i] + '\n';
    return said;
  }
  std::vector<std::string> found() const {
    std::vector<std::string> kinds;
    for (CheckPlace place; place.stage != CheckStage::done;) {
      const CheckStep step = check_some(directory(), place, true);
      for (const Finding& finding : step.findings) kinds.push_back(finding.kind);
      place = step.next;
    }
    return kinds;
  }
  std::filesystem::path index = directory() / "index.db";
  std::string kept;
  MailboxId inbox = folder("INBOX");
  Provider isp{*this, "isp"};
};

using Kinds = std::vector<std::string>;
constexpr const char* kOlder = "the index is older than the packs";

} // namespace

TEST_CASE("What an older index does not know is back at the start, be it of one batch only") {
  OldIndex spool;
  REQUIRE(spool.append(spool.inbox, kMessage).has_value());
  spool.keep_index();
  const std::string later = GENERATE(std::string(), std::string(2 << 20, 'x')); // it has a pack by itself
  REQUIRE(spool.append(spool.inbox, kMessage + "acknowledged\r\n" + later).has_value());
  const Held before(spool, spool.inbox);
  spool.put_back();
  CHECK(spool.found() == Kinds{"index-old"});
  CHECK(spool.opening().find(kOlder) != std::string::npos);
  CHECK(Held(spool, spool.inbox) == before);
  spool.close();
  CHECK(spool.found().empty());
  CHECK(spool.opening().find(kOlder) == std::string::npos);
  CHECK(Held(spool, spool.inbox) == before);
}

TEST_CASE("A copy of the index in its place is an older index too") {
  OldIndex spool;
  spool.isp.give({{"a", kMessage + "a"}});
  spool.close(); // makes one
  const std::string copy = test::file_bytes(spool.directory() / "index.snapshot");
  spool.open();
  spool.isp.give({{"b", kMessage + "b"}});
  const Held before(spool, spool.inbox);
  spool.close();
  test::set_file_bytes(spool.index, copy);
  spool.now += std::chrono::hours(1);
  CHECK(spool.opening().find(kOlder) != std::string::npos);
  CHECK(Held(spool, spool.inbox) == before);
  CHECK(spool.snapshot(spool.inbox)->uidnext > Uid{3});
}

TEST_CASE("Mail behind a damaged record that an older index does not know is back too") {
  OldIndex spool;
  spool.keep_index();
  for (const char* text : {"one", "two"}) REQUIRE(spool.append(spool.inbox, kMessage + text).has_value());
  spool.put_back();
  const auto pack = spool.directory() / "packs/000001.pack";
  std::string bytes = test::file_bytes(pack);
  bytes[bytes.find("one")] = 'O';
  test::set_file_bytes(pack, bytes);
  CHECK(spool.opening().find(kOlder) != std::string::npos);
  const Held now(spool, spool.inbox);
  REQUIRE(now.messages.size() == 1);
  CHECK(now.messages.at(Uid{2}).second == kMessage + "two");
  CHECK(test::file_bytes(pack) == bytes);
  CHECK(spool.opening().find(kOlder) == std::string::npos);
}

TEST_CASE("An older index gives no number twice either when nothing is left of what it does not know") {
  OldIndex spool;
  REQUIRE(spool.append(spool.inbox, kMessage).has_value());
  spool.keep_index();
  const std::string later = GENERATE(std::string(), std::string(2 << 20, 'x')); // it has a pack by itself
  const auto pack = spool.directory() / "packs/000001.pack",
             single = spool.directory() / "packs/s000001.pack";
  spool.close();
  const auto size = std::filesystem::file_size(pack);
  spool.open();
  REQUIRE(spool.append(spool.inbox, kMessage + "gone" + later).has_value());
  const Held before(spool, spool.inbox);
  spool.put_back();
  std::filesystem::resize_file(pack, size);
  std::filesystem::remove(single);
  CHECK(spool.opening().find(kOlder) != std::string::npos);
  REQUIRE(spool.append(spool.inbox, kMessage + "new" + later).has_value());
  CHECK_FALSE(std::filesystem::exists(single)); // the number of a pack, too
  const Held now(spool, spool.inbox);
  REQUIRE(now.messages.size() == 2);
  CHECK_FALSE(now.messages.contains(Uid{2}));
  CHECK_FALSE(now.ids().contains(before.messages.at(Uid{2}).first));
  CHECK(spool.opening().find(kOlder) == std::string::npos);
}

TEST_CASE("Packs that an older index did not know, and that are gone, leave their numbers unused") {
  OldIndex spool;
  spool.close();
  PackDisk disk;
  REQUIRE_FALSE(KeptEndFile(spool.directory() / "packs").write(disk, {7, 100, 0}));
  CHECK(spool.opening().find(kOlder) != std::string::npos);
  REQUIRE(spool.append(spool.inbox, kMessage).has_value());
  CHECK(std::filesystem::exists(spool.directory() / "packs/000009.pack"));
  CHECK(spool.opening().find(kOlder) == std::string::npos);
}

TEST_CASE("No number is given twice when an older index is put back") {
  OldIndex spool;
  REQUIRE(spool.append(spool.inbox, kMessage).has_value());
  const MailboxId junk = spool.folder("Junk");
  spool.keep_index();
  spool.now += std::chrono::hours(1);
  REQUIRE(spool.append(spool.inbox, kMessage + "one").has_value());
  // Of these nothing is known afterwards.
  const auto copied = spool.run(spool.spool().copy(spool.inbox, test::uids({1, 2}), junk)).value();
  const Held before(spool, spool.inbox), lost(spool, junk);
  const auto modseq = spool.snapshot(spool.inbox)->highest_modseq;
  spool.put_back();
  spool.open();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(spool.append(spool.inbox, kMessage + "new").has_value());
    REQUIRE(spool.append(junk, kMessage + "new").has_value());
  }
  const Held since(spool, spool.inbox), in_junk(spool, junk);
  CHECK(since.messages.size() == 5);
  CHECK(spool.snapshot(spool.inbox)->highest_modseq > modseq);
  const auto ids = since.ids(), ids_in_junk = in_junk.ids();
  for (const auto& [uid, message] : before.messages) CHECK(since.messages.at(uid) == message);
  for (const auto& [uid, message] : lost.messages) {
    CHECK_FALSE(in_junk.messages.contains(uid));
    CHECK_FALSE((ids.contains(message.first) || ids_in_junk.contains(message.first)));
  }
}

TEST_CASE("An older index that is put back again later gives no number of its first time") {
  OldIndex spool;
  spool.isp.give({{"a", kMessage}}); // tells the time of the index
  const MailboxId junk = spool.folder("Junk");
  spool.keep_index();
  if (GENERATE(false, true))
    spool.kept = test::file_bytes(spool.directory() / "index.snapshot"); // tells it too
  REQUIRE(spool.append(spool.inbox, kMessage + "one").has_value());
  std::set<Uid> given;
  std::set<MessageId> ids;
  for (int time = 0; time < 3; ++time) {
    spool.put_back();
    spool.now += std::chrono::hours(1);
    spool.open();
    REQUIRE(spool.run(spool.spool().copy(spool.inbox, test::uids({1, 2}), junk)).has_value());
    const Held copies(spool, junk);
    REQUIRE(copies.messages.size() == 2);
    for (const auto& [uid, message] : copies.messages) {
      CHECK(given.insert(uid).second);
      CHECK(ids.insert(message.first).second);
    }
  }
}

TEST_CASE("What an older index did not know is not fetched again") {
  OldIndex spool;
  spool.isp.lists = {"a", "b", "c"};
  spool.isp.give({{"a", kMessage + "a"}});
  spool.keep_index();
  spool.isp.give({{"b", kMessage + "b"}, {"c", kMessage + "c"}});
  spool.put_back();
  spool.open();
  const std::string ledger = spool.isp.ledger();
  CHECK(ledger.find("b=stored") != ledger.npos);
  CHECK(ledger.find("c=stored") != ledger.npos);
  spool.isp.lists = {"a", "b", "x"}; // "c" is called "x" now
  CHECK(spool.isp.give({{"b", kMessage + "b"}, {"x", kMessage + "c"}}) == Duplicates{true, true});
  CHECK(Held(spool, spool.inbox).messages.size() == 3);
}

TEST_CASE("An index from before packs were rewritten finds what was moved, and forgets what was given up") {
  OldIndex spool;
  for (const char* text : {"one", "two", "three"})
    REQUIRE(spool.append(spool.inbox, kMessage + text + std::string(100'000, 'x')).has_value());
  spool.keep_index();
  REQUIRE(spool.store(spool.inbox, test::uids({1, 2}), FlagChange::add, Flags::kDeleted).has_value());
  REQUIRE(spool.run(spool.spool().expunge(spool.inbox, test::uids({1, 2}), "desk")).has_value());
  spool.now += std::chrono::hours(24 * 365);
  const auto pack = spool.directory() / "packs/000001.pack";
  for (int i = 0; i < 200 && std::filesystem::exists(pack); ++i) // the search index may hold it for a moment
    while (spool.run(spool.store().upkeep()).value() == Left::more) continue;
  REQUIRE_FALSE(std::filesystem::exists(pack));
  const Held before(spool, spool.inbox);
  REQUIRE(before.messages.size() == 1);
  spool.put_back();
  CHECK(spool.opening().find(kOlder) != std::string::npos);
  CHECK(Held(spool, spool.inbox) == before);
  CHECK(spool.snapshot(spool.inbox)->uidnext > Uid{4}); // nothing came, but numbers may have been given out
  spool.close();
  CHECK(spool.found().empty());
}

TEST_CASE("Who has something better to do breaks off the making of the index, and finds all as it was") {
  OldIndex spool;
  spool.keep_index();
  for (const char* text : {"one", "two"}) REQUIRE(spool.append(spool.inbox, kMessage + text).has_value());
  const Held before(spool, spool.inbox);
  spool.put_back();
  int tries = 0;
  for (bool is_open = false; !is_open; ++tries) {
    OpenOptions options = spool.options();
    options.on_rebuilding = [left = tries]() mutable {
      if (left-- == 0) throw std::runtime_error("told to stop");
    };
    const auto opened = Spool::open(std::move(options));
    is_open = opened.has_value();
    if (is_open) continue;
    CHECK(opened.error().sentence.find("told to stop") != std::string::npos);
    CHECK(test::file_bytes(spool.index) == spool.kept);
    CHECK_FALSE(std::filesystem::exists(spool.directory() / "index.db.rebuilt"));
  }
  CHECK(tries > 2); // a record each, and pages of the index
  spool.open();
  CHECK(Held(spool, spool.inbox) == before);
}

TEST_CASE("What lies in the packs twice is dead space, and makes no index old a second time") {
  OldIndex spool;
  for (const char* text : {"one", "two"}) REQUIRE(spool.append(spool.inbox, kMessage + text).has_value());
  const Held before(spool, spool.inbox);
  spool.close();
  const auto packs = spool.directory() / "packs";
  std::filesystem::copy_file(packs / "000001.pack", packs / "000002.pack");
  CHECK(spool.opening().find(kOlder) != std::string::npos);
  CHECK(Held(spool, spool.inbox) == before);
  CHECK(spool.opening().find(kOlder) == std::string::npos);
  for (int i = 0; i < 200 && std::filesystem::exists(packs / "000002.pack"); ++i)
    while (spool.run(spool.store().upkeep()).value() == Left::more) continue;
  CHECK_FALSE(std::filesystem::exists(packs / "000002.pack")); // the space is won back
  CHECK(Held(spool, spool.inbox) == before);
}
