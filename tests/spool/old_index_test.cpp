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
  const auto packs = spool.directory() / "packs";
  const auto kept = [&] {
    return std::any_of(std::filesystem::directory_iterator(packs), {}, [](const auto& entry) {
      return entry.path().string().find(".pack.aside-") != std::string::npos &&
             test::file_bytes(entry.path()).find("acknowledged") != std::string::npos;
    });
  };
  CHECK(kept());
  CHECK(spool.snapshot(inbox)->size() == 1);
  // From then on the index is what counts.
  REQUIRE(spool.append(inbox, kMessage + "two\r\n").has_value());
  spool.reopen();
  CHECK(spool.snapshot(inbox)->size() == 2);
  CHECK(kept());
}

TEST_CASE("A rebuild brings back what an older index did not know, once, beside what came since") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  Provider isp(spool, "isp");
  isp.lists = {"a", "b", "c", "d", "e"};
  isp.give({{"a", kMessage + "a"}});
  spool.close();
  const auto index = spool.directory() / "index.db";
  const std::string old = test::file_bytes(index);
  spool.open();
  // Two and two have the same bytes; only one of the four will be there to be fetched again.
  isp.give({{"b", kMessage + "b"}, {"c", kMessage + "b"}, {"d", kMessage + "d"}, {"e", kMessage + "d"}});
  REQUIRE(spool.append(inbox, kMessage + "put in").has_value());
  const Held before(spool, inbox);
  spool.close();
  test::set_file_bytes(index, old);
  spool.open();
  isp.lists = {"a", "b"};
  CHECK(isp.give({{"b", kMessage + "b"}}) == Duplicates{false});
  for (int i = 0; i < 3; ++i) REQUIRE(spool.append(inbox, kMessage + "new").has_value());
  const Held since(spool, inbox);
  CHECK(since.texts.size() == 5);
  // No number is given twice.
  std::vector<MessageId> twice;
  std::set_intersection(before.ids.begin(), before.ids.end(), since.ids.begin(), since.ids.end(),
                        std::back_inserter(twice));
  CHECK(twice.size() == 1); // that of what the old index knew
  spool.close();
  const auto report =
      rebuild_index(spool.directory(), std::chrono::floor<std::chrono::seconds>(spool.now()), [](auto...) {});
  REQUIRE(report.has_value());
  CHECK(report->added.size() == 4);
  CHECK(report->duplicates == 1);
  spool.open();
  const Held now(spool, inbox);
  CHECK(now.texts == std::vector<std::string>{kMessage + "a", kMessage + "b", kMessage + "b", kMessage + "d",
                                              kMessage + "d", kMessage + "new", kMessage + "new",
                                              kMessage + "new", kMessage + "put in"});
  CHECK(now.ids.size() == 9);
}
