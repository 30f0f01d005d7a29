// An index of an earlier day is put in the place of the one in use: what it does not know is kept, and comes
// back.
#include "spool/rebuild/rebuild.hpp"
#include "tests/spool/pack_fixture.hpp"
#include "tests/spool/provider_fixture.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool;
using test::Duplicates;
using test::Provider;
using test::SpoolFixture;

namespace {

const std::string kMessage = "Subject: message\r\n\r\nbody\r\n";

// The beginnings of the messages of a folder, sorted, and their numbers.
struct Held {
  std::vector<std::string> texts;
  std::set<MessageId> ids;
  std::set<Uid> uids;
  Held(SpoolFixture& spool, MailboxId folder) {
    const auto now = spool.snapshot(folder);
    now->for_each(0, now->size(), [&](std::size_t, const Message& message) {
      texts.push_back(spool.text(message.id));
      ids.insert(message.id);
      uids.insert(message.uid);
      return true;
    });
    std::sort(texts.begin(), texts.end());
  }
};

std::vector<std::filesystem::path> aside(SpoolFixture& spool) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(spool.directory() / "packs"))
    if (entry.path().string().find(".pack.aside-") != std::string::npos) found.push_back(entry.path());
  return found;
}

} // namespace

TEST_CASE("Mail that an older index does not know is set aside, be it of one batch only") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kMessage).has_value());
  spool.close();
  const auto index = spool.directory() / "index.db";
  const std::string old = test::file_bytes(index);
  spool.open();
  const std::string later = GENERATE(std::string(), std::string(2 << 20, 'x')); // it has a pack by itself
  REQUIRE(spool.append(inbox, kMessage + "acknowledged\r\n" + later).has_value());
  spool.close();
  test::set_file_bytes(index, old);
  spool.open();
  const auto kept = [&] {
    const auto found = aside(spool);
    return found.size() == 1 && test::file_bytes(found[0]).find("acknowledged") != std::string::npos;
  };
  CHECK(kept());
  CHECK(spool.snapshot(inbox)->size() == 1);
  // From then on the index is what counts.
  REQUIRE(spool.append(inbox, kMessage + "two\r\n").has_value());
  spool.reopen();
  CHECK(spool.snapshot(inbox)->size() == 2);
  CHECK(kept());
}

namespace {

// One message was there when the index was kept, five came after it, and the old index was put back; closed.
struct OldIndex : SpoolFixture {
  OldIndex() {
    isp.lists = {"a", "b", "c", "d", "e", "f"};
    isp.give({{"a", kMessage + "a"}});
    close();
    const std::string old = test::file_bytes(index);
    open();
    // Three have a twin; that of "a" was there before.
    isp.give({{"b", kMessage + "b"}, {"c", kMessage + "b"}});
    isp.give({{"d", kMessage + "d"}, {"e", kMessage + "d"}, {"f", kMessage + "a"}});
    before.emplace(*this, inbox);
    close();
    test::set_file_bytes(index, old);
  }
  RebuildReport rebuild() {
    close();
    auto report = rebuild_index(directory(), std::chrono::floor<std::chrono::seconds>(now()), [](auto...) {});
    REQUIRE(report.has_value());
    open();
    return *report;
  }
  std::filesystem::path index = directory() / "index.db";
  MailboxId inbox = folder("INBOX");
  Provider isp{*this, "isp"};
  std::optional<Held> before;
};

template <typename Numbers>
std::size_t in_both(const Numbers& a, const Numbers& b) {
  return static_cast<std::size_t>(
      std::count_if(a.begin(), a.end(), [&b](const auto& number) { return b.contains(number); }));
}

} // namespace

TEST_CASE("No number is given twice when an older index is put back") {
  OldIndex spool;
  if (GENERATE(false, true)) { // cut off when one was set aside
    OpenOptions options = spool.options();
    options.on_finding = [](std::string_view said) {
      if (said.find("it is kept as") != said.npos) throw std::runtime_error("cut off");
    };
    CHECK_THROWS(Spool::open(std::move(options)));
  }
  spool.open();
  for (int i = 0; i < 6; ++i) REQUIRE(spool.append(spool.inbox, kMessage + "new").has_value());
  const Held since(spool, spool.inbox);
  CHECK(since.texts.size() == 7);
  CHECK(in_both(spool.before->ids, since.ids) == 1); // those of what the old index knew
  CHECK(in_both(spool.before->uids, since.uids) == 1);
}

TEST_CASE("A rebuild brings back what an older index did not know, once, beside what came since") {
  OldIndex spool;
  spool.open();
  spool.isp.lists = {"a", "b"};
  CHECK(spool.isp.give({{"b", kMessage + "b"}}) == Duplicates{false});
  for (int i = 0; i < 3; ++i) REQUIRE(spool.append(spool.inbox, kMessage + "new").has_value());
  // As when keeping it was cut off and done again.
  REQUIRE(aside(spool).size() == 1);
  const bool twice = GENERATE(false, true);
  if (twice) std::filesystem::copy_file(aside(spool)[0], spool.directory() / "packs/000001.pack.aside-again");
  const auto report = spool.rebuild();
  CHECK(report.added.size() == 4);
  CHECK(report.duplicates == (twice ? 6 : 1));
  const Held now(spool, spool.inbox);
  const auto of = [](const char* what) { return kMessage + what; };
  CHECK(now.texts == std::vector<std::string>{of("a"), of("a"), of("b"), of("b"), of("d"), of("d"), of("new"),
                                              of("new"), of("new")});
  CHECK(now.ids.size() == 9);
  CHECK(aside(spool).empty());
}

TEST_CASE("After a rebuild nothing is set aside again, though all of it had come again") {
  OldIndex spool;
  spool.open();
  spool.isp.give({{"b", kMessage + "b"}, {"c", kMessage + "b"}});
  spool.isp.give({{"d", kMessage + "d"}, {"e", kMessage + "d"}, {"f", kMessage + "a"}});
  const auto report = spool.rebuild();
  CHECK(report.added.empty());
  CHECK(report.duplicates == 5);
  CHECK(aside(spool).empty());
  REQUIRE(spool.append(spool.inbox, kMessage + "one").has_value());
  const auto next = spool.snapshot(spool.inbox)->uidnext;
  spool.reopen();
  CHECK(spool.snapshot(spool.inbox)->uidnext == next);
  CHECK(aside(spool).empty());
  while (spool.run(spool.store().upkeep()).value() == Left::more) continue; // the space is won back
  std::size_t packs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(spool.directory() / "packs"))
    packs += entry.path().extension() == ".pack" ? 1 : 0;
  CHECK(packs == 2);
  CHECK(Held(spool, spool.inbox).texts.size() == 7);
}
