// After undelete_for the space is won back, and nothing else is lost, moved or doubled.
#include "spool/copy/pack_pin.hpp"
#include "spool/pack/pack_name.hpp"
#include "spool/rebuild/rebuild.hpp"
#include "spool/rebuild/snapshot.hpp"
#include "spool/retention/dead_space.hpp"
#include "spool/retention/expiry.hpp"
#include "tests/spool/pack_fixture.hpp"
#include "tests/spool/spool_fixture.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <thread>

using namespace homespool::spool;
using test::SpoolFixture;

namespace {

// A spool that keeps what was deleted for an hour.
class Kept : public SpoolFixture {
 public:
  Kept() { keep(std::chrono::hours(1)); }
  void keep(std::chrono::seconds undelete_for) {
    auto settings = options().settings;
    settings.undelete_for = undelete_for;
    spool().configure(settings);
  }
  void reopen_kept() {
    reopen();
    keep(std::chrono::hours(1));
  }
  // All of it, as the writer would in time.
  void keep_up() {
    while (run(store().upkeep()).value() == Left::more) {
    }
  }
  // Who reads a pack (the search index does) keeps it there for the moment.
  template <class Done>
  bool keep_up_until(Done done) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done() && std::chrono::steady_clock::now() < patience) keep_up();
    return done();
  }
  void one_step() { (void)run(store().upkeep()); }
  void later() { now += std::chrono::hours(2); }

  std::string message(int number, std::size_t size) {
    std::string text = "Subject: " + std::to_string(number) + "\r\n\r\n";
    for (unsigned seed = static_cast<unsigned>(number); text.size() < size;
         seed = seed * 1664525 + 1013904223)
      text += std::to_string(seed) + "\r\n";
    return text;
  }
  void put(MailboxId folder, int first, int count, std::size_t size) {
    for (int i = first; i < first + count; ++i) REQUIRE(append(folder, message(i, size)).has_value());
  }
  void remove(MailboxId folder, const UidSet& uids) {
    REQUIRE(store_flags(folder, uids));
    REQUIRE(run(spool().expunge(folder, uids, "desk")).has_value());
  }
  // Not those of the search index, which follows at its own pace.
  std::vector<std::string> pack_findings() {
    auto found = findings();
    std::erase_if(found, [](const std::string& one) { return one.find("search") != std::string::npos; });
    return found;
  }
  std::set<std::string> packs() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory() / "packs"))
      if (entry.path().extension() == ".pack") names.insert(entry.path().filename().string());
    return names;
  }
  std::uint64_t disk() const {
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory() / "packs"))
      if (entry.path().extension() == ".pack") bytes += entry.file_size();
    return bytes;
  }
  std::int64_t count(const std::string& from) const { return number("SELECT count(*) FROM " + from); }
  std::int64_t number(const std::string& sql) const {
    index::Database database(directory() / "index.db", index::Database::Access::read);
    index::Statement rows(database.handle(), sql);
    rows.step();
    return rows.integer(0);
  }
  // By UID: id and bytes.
  std::map<std::uint32_t, std::pair<std::int64_t, std::string>> contents(MailboxId folder) {
    std::map<std::uint32_t, std::pair<std::int64_t, std::string>> all;
    const SnapshotPtr now_there = snapshot(folder);
    now_there->for_each(0, now_there->size(), [&](std::size_t, const Message& one) {
      all[one.uid.value] = {one.id.value, text(one.id)};
      return true;
    });
    return all;
  }

 private:
  bool store_flags(MailboxId folder, const UidSet& uids) {
    return store(folder, uids, FlagChange::add, Flags::kDeleted).has_value();
  }
};

UidSet range(std::uint32_t first, std::uint32_t last) {
  UidSet set;
  set.add(Uid{first}, Uid{last});
  return set;
}

} // namespace

TEST_CASE("Below minimum_free space is won back all the same, as long as there is room for a pack") {
  Kept spool;
  const MailboxId inbox = spool.folder("INBOX");
  spool.put(inbox, 1, 40, 10000);
  const auto before = spool.disk();
  spool.remove(inbox, range(1, 25));
  homespool::config::SpoolSettings settings = spool.options().settings;
  settings.undelete_for = std::chrono::hours(1);
  settings.minimum_free = std::uint64_t{1} << 62;
  spool.spool().configure(settings);
  spool.later();
  CHECK(spool.keep_up_until([&] { return spool.disk() < before / 2; }));
}

TEST_CASE("What was deleted keeps its bytes until undelete_for is over, then they go from the disk") {
  Kept spool;
  const MailboxId inbox = spool.folder("INBOX");
  spool.put(inbox, 1, 40, 10000);
  const auto before = spool.disk();
  const auto kept = spool.contents(inbox);
  spool.remove(inbox, range(1, 25));
  spool.keep_up();
  CHECK(spool.disk() == before);
  CHECK(spool.count("deleted") == 25);

  spool.later();
  spool.keep_up();
  CHECK(spool.count("deleted") == 0);
  CHECK(spool.count("record") == 15);
  CHECK(spool.count("structure") == 15);
  CHECK(spool.count("dead_space") == 0);
  CHECK(spool.keep_up_until([&] { return spool.disk() < before / 2; }));
  CHECK(spool.packs() == std::set<std::string>{"000002.pack"});
  for (int round = 0; round < 2; ++round) {
    const auto now = spool.contents(inbox);
    REQUIRE(now.size() == 15);
    for (const auto& [uid, message] : now) CHECK(kept.at(uid) == message);
    spool.reopen_kept(); // and nothing of it was only in memory
    CHECK(spool.pack_findings().empty());
  }
  CHECK(spool.append(inbox, "Subject: new\r\n\r\n")->to.ranges().front().first == 41);
}

TEST_CASE("A record that a copy or a deleted message names stays") {
  Kept spool;
  const MailboxId inbox = spool.folder("INBOX"), archive = spool.folder("Archive");
  spool.put(inbox, 1, 2, 100000);
  REQUIRE(spool.run(spool.spool().copy(inbox, range(1, 1), archive)).has_value());
  REQUIRE(spool.run(spool.spool().copy(inbox, range(2, 2), archive)).has_value());
  const auto there = spool.contents(archive);
  spool.remove(inbox, range(1, 2));
  spool.later();
  spool.remove(archive, range(2, 2));
  spool.keep_up();
  CHECK(spool.count("deleted") == 1);
  CHECK(spool.count("record") == 2);
  CHECK(spool.contents(archive).at(1) == there.at(1));
  spool.later();
  spool.keep_up();
  CHECK(spool.count("record") == 1);
  CHECK(spool.contents(archive).at(1) == there.at(1));
}

TEST_CASE("The pack of one big message goes when the message does, and its number is not used again") {
  Kept spool;
  const MailboxId inbox = spool.folder("INBOX");
  spool.put(inbox, 1, 1, 1200000);
  CHECK(spool.keep_up_until([&] { return spool.packs() == std::set<std::string>{"s000001.pack"}; }));
  spool.remove(inbox, range(1, 1));
  spool.later();
  spool.keep_up();
  CHECK(spool.packs().empty());
  spool.reopen_kept();
  spool.put(inbox, 2, 1, 1200000);
  CHECK(spool.keep_up_until([&] { return spool.packs() == std::set<std::string>{"s000002.pack"}; }));
}

TEST_CASE("When all is dead the packs go, and their numbers are not used again after a restart") {
  Kept spool;
  const MailboxId inbox = spool.folder("INBOX");
  spool.put(inbox, 1, 3, 1000);
  spool.remove(inbox, range(1, 3));
  spool.later();
  spool.keep_up();
  CHECK(spool.disk() == 0);
  spool.reopen_kept();
  spool.put(inbox, 4, 1, 1000);
  CHECK(spool.pack_findings().empty());
  CHECK(spool.keep_up_until([&] { return !spool.packs().contains("000001.pack"); }));
  CHECK(spool.contents(inbox).at(4).second == spool.message(4, 1000));
}

TEST_CASE("The end of a pack that died is not written over and no fault at the next start") {
  Kept spool;
  const MailboxId inbox = spool.folder("INBOX");
  spool.put(inbox, 1, 3, 10000);
  const auto size = spool.disk();
  spool.remove(inbox, range(3, 3));
  spool.later();
  spool.keep_up();
  spool.reopen_kept();
  CHECK(spool.pack_findings().empty());
  CHECK(spool.disk() == size);
  spool.put(inbox, 4, 1, 10000);
  CHECK(spool.disk() > size);
  CHECK(spool.contents(inbox).size() == 3);
}

TEST_CASE("Rewriting stopped after any step goes on at the next start") {
  for (int steps = 0; steps < 12; ++steps) {
    Kept spool;
    const MailboxId inbox = spool.folder("INBOX");
    spool.put(inbox, 1, 30, 100000);
    const auto kept = spool.contents(inbox);
    UidSet odd;
    for (std::uint32_t uid = 1; uid <= 30; uid += 2) odd.add(Uid{uid});
    odd.add(Uid{2});
    spool.remove(inbox, odd);
    spool.later();
    for (int i = 0; i < steps; ++i) spool.one_step();
    spool.reopen_kept();
    CHECK(spool.pack_findings().empty());
    spool.keep_up();
    const auto now = spool.contents(inbox);
    REQUIRE(now.size() == 14);
    for (const auto& [uid, message] : now) CHECK(kept.at(uid) == message);
    CHECK(spool.keep_up_until([&] { return spool.disk() < 16 * 101000; }));
  }
}

TEST_CASE("Who has a message open reads on while its pack is rewritten and removed") {
  Kept spool;
  const MailboxId inbox = spool.folder("INBOX");
  spool.put(inbox, 1, 4, 100000);
  const auto reader = spool.spool().make_reader();
  const auto live = reader->open((*spool.snapshot(inbox))[3].id);
  const auto dead = reader->open((*spool.snapshot(inbox))[0].id);
  spool.remove(inbox, range(1, 3));
  spool.later();
  spool.keep_up();
  CHECK(spool.keep_up_until([&] { return !spool.packs().contains("000001.pack"); }));
  for (const auto& [file, number] : {std::pair{*live, 4}, std::pair{*dead, 1}}) {
    std::string bytes(file->size(), '\0');
    REQUIRE_FALSE(file->read(0, bytes));
    CHECK(bytes == spool.message(number, 100000));
  }
  CHECK(reader->bytes((*spool.snapshot(inbox))[0].id, 1 << 20).value() == spool.message(4, 100000));
}

TEST_CASE("No pack is removed while somebody copies packs") {
  Kept spool;
  const MailboxId inbox = spool.folder("INBOX");
  spool.put(inbox, 1, 2, 1000);
  spool.remove(inbox, range(1, 2));
  spool.later();
  auto pin = PackPin::hold(spool.directory() / "packs");
  REQUIRE(pin);
  spool.keep_up();
  CHECK(spool.packs().contains("000001.pack"));
  pin.reset();
  spool.keep_up();
  CHECK(spool.keep_up_until([&] { return !spool.packs().contains("000001.pack"); }));
}

TEST_CASE("With undelete_for 0s a message goes at once, but not from under a session that still lists it") {
  Kept spool;
  spool.keep(std::chrono::seconds(0));
  const MailboxId inbox = spool.folder("INBOX");
  spool.put(inbox, 1, 2, 1000);
  const MessageId id = (*spool.snapshot(inbox))[0].id;
  auto session = spool.spool().hold_deleted();
  spool.now += std::chrono::seconds(5);
  spool.remove(inbox, range(1, 1));
  spool.now += std::chrono::seconds(5);
  spool.keep_up();
  CHECK(spool.text(id) == spool.message(1, 1000));
  session.reset();
  spool.keep_up();
  CHECK(spool.spool().make_reader()->bytes(id, 1 << 20).error() == Error::no_such_message);
  CHECK(spool.count("deleted") == 0);
}

TEST_CASE("A damaged record stays where it is, and all others of its pack are moved") {
  Kept spool;
  const MailboxId inbox = spool.folder("INBOX");
  spool.put(inbox, 1, 6, 50000);
  const auto kept = spool.contents(inbox);
  spool.remove(inbox, range(1, 3));
  spool.close();
  {
    std::fstream file(spool.directory() / "packs/000001.pack",
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4 * 50200); // in the fifth
    file.put('!');
  }
  spool.open();
  spool.keep(std::chrono::hours(1));
  spool.later();
  spool.keep_up();
  CHECK(spool.packs() == std::set<std::string>{"000001.pack", "000002.pack"});
  CHECK(spool.count("record WHERE pack=1") == 1);
  CHECK(spool.text((*spool.snapshot(inbox))[0].id) == kept.at(4).second);
  CHECK(spool.text((*spool.snapshot(inbox))[2].id) == kept.at(6).second);
  CHECK(spool.spool().make_reader()->bytes((*spool.snapshot(inbox))[1].id, 1 << 20).error() ==
        Error::bad_record);
}

TEST_CASE("What a record says about itself is the same after it was moved") {
  Kept spool;
  const MailboxId inbox = spool.folder("INBOX"), lists = spool.folder("Lists");
  spool.put(inbox, 1, 2, 100000);
  spool.put(lists, 3, 1, 100000);
  spool.remove(inbox, range(1, 2));
  spool.later();
  spool.keep_up();
  std::vector<RecordInfo> found;
  (void)PackReader::open(spool.directory() / "packs")->scan(2, [&](const RecordInfo& info, const Location&) {
    found.push_back(info);
    return true;
  });
  REQUIRE(found.size() == 1);
  CHECK(found[0].record.value == 3);
  CHECK(found[0].message == (*spool.snapshot(lists))[0].id);
  CHECK(found[0].user == "taro");
  CHECK(found[0].folder == "Lists");
  CHECK(found[0].arrival + std::chrono::hours(2) == spool.now());
}

TEST_CASE("What is given up leaves the search index too, at once") {
  Kept spool;
  const auto inbox = spool.folder("INBOX");
  spool.put(inbox, 1, 2, 500);
  const auto indexed = [&](RecordId record) {
    const auto inquiry = spool.spool().search_index()->inquire();
    return inquiry && inquiry->indexed().contains(record);
  };
  const auto in_time = [](const auto& holds) {
    for (int i = 0; i < 10'000 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return holds();
  };
  REQUIRE(in_time([&] { return indexed(RecordId{1}) && indexed(RecordId{2}); }));
  UidSet first;
  first.add(Uid{1});
  spool.remove(inbox, first);
  spool.keep_up();
  CHECK(indexed(RecordId{1})); // it can be brought back
  spool.later();
  spool.keep_up();
  CHECK(in_time([&] { return !indexed(RecordId{1}); }));
  CHECK(indexed(RecordId{2}));
}

TEST_CASE("Of a pack that is lost while it is rewritten, what was not moved yet is missed, not forgotten") {
  Kept spool;
  const MailboxId inbox = spool.folder("INBOX");
  spool.put(inbox, 1, 40, 100'000);
  spool.reopen_kept();
  const auto snapshot = spool.directory() / kSnapshotName;
  const std::string old = test::file_bytes(snapshot); // which knows of all forty
  spool.remove(inbox, range(1, 22));
  spool.later();
  REQUIRE(spool.keep_up_until([&] { return spool.count("record WHERE pack=2") == 18; }));
  // As if it had come to the twelfth only.
  const auto twelfth =
      spool.number("SELECT offset FROM record WHERE pack=2 ORDER BY offset LIMIT 1 OFFSET 11");
  spool.close();
  test::set_file_bytes(snapshot, old);
  std::filesystem::remove(spool.directory() / "index.db");
  std::filesystem::remove(spool.directory() / "packs/000001.pack");
  std::filesystem::resize_file(spool.directory() / "packs/000002.pack", static_cast<std::uintmax_t>(twelfth));
  const auto outcome = rebuild_index(spool.directory(), std::chrono::sys_seconds{}, [](auto...) {});
  REQUIRE(!outcome.has_error());
  const RebuildReport& report = *outcome;
  CHECK(report.forgotten == 22); // before the last that was moved
  CHECK(report.unreadable.size() == 7);
  CHECK(report.messages == 18);
}
