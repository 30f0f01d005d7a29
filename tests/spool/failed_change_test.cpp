// What a change or a batch that fails leaves behind: nothing, neither in the index nor in what is shown.
#include "spool/change/messages.hpp"
#include "spool/incoming/incoming_state.hpp"
#include "spool/store/load_mailbox.hpp"
#include "tests/spool/copied_spool.hpp"
#include "tests/spool/failing_spool.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool;
using test::FailingSpool;
using test::mail;
namespace fs = std::filesystem;

namespace {

std::string large() {
  return mail("large") + std::string(2 << 20, 'x');
}

// A small message, and one whose bytes are gone by now.
std::vector<AppendItem> items_of_which_one_is_lost(FailingSpool& spool) {
  std::vector<AppendItem> items;
  items.push_back(spool.item(mail("small")));
  items.push_back(spool.item(large()));
  fs::remove(items.back().message.state().file);
  return items;
}

std::vector<AppendItem> one_item(FailingSpool& spool, const std::string& subject) {
  std::vector<AppendItem> items;
  items.push_back(spool.item(mail(subject)));
  return items;
}

MailboxCounts counts(FailingSpool& spool, MailboxId id) {
  return spool.run(spool.spool().counts(id)).value();
}

// As another start finds it after a kill at this moment.
MailboxCounts counts_after_kill(FailingSpool& spool) {
  FailingSpool killed;
  killed.close();
  fs::remove_all(killed.directory());
  fs::copy(spool.directory(), killed.directory(), fs::copy_options::recursive);
  killed.open();
  return counts(killed, killed.folder("INBOX"));
}

void require_same(const MailboxCounts& a, const MailboxCounts& b) {
  CHECK(a.messages == b.messages);
  CHECK(a.uidnext == b.uidnext);
  CHECK(a.highest_modseq == b.highest_modseq);
}

} // namespace

TEST_CASE("An APPEND of which one message fails shows no numbers that the index does not have") {
  FailingSpool spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, mail("before")).has_value());
  const auto before = counts(spool, inbox);
  REQUIRE(spool.run(spool.spool().append(inbox, items_of_which_one_is_lost(spool))).has_error());
  require_same(counts(spool, inbox), counts_after_kill(spool));
  require_same(counts(spool, inbox), before);
  REQUIRE(spool.append(inbox, mail("next")).value().to.text() == "2");
  require_same(counts(spool, inbox), counts_after_kill(spool));
}

TEST_CASE("A change that fails takes back no numbers that others of its batch were given") {
  FailingSpool spool;
  const MailboxId inbox = spool.folder("INBOX");
  spool.open_over_disk();
  const auto [first, lost, second] =
      spool.together([] {}, spool.spool().append(inbox, one_item(spool, "first")),
                     spool.spool().append(inbox, items_of_which_one_is_lost(spool)),
                     spool.spool().append(inbox, one_item(spool, "second")));
  CHECK(first.value().to.text() == "1");
  CHECK(lost.has_error());
  CHECK(second.value().to.text() == "2");
  const auto now = spool.snapshot(inbox);
  CHECK((*now)[0].modseq < (*now)[1].modseq);
  CHECK(now->highest_modseq == (*now)[1].modseq);
  require_same(counts(spool, inbox), counts_after_kill(spool));
}

TEST_CASE("A batch that the disk has no room for shows no numbers that the index does not have") {
  FailingSpool spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, mail("before")).has_value());
  spool.open_over_disk();
  const auto before = counts(spool, inbox);
  const auto fill = [&] { spool.disk->full = true; };
  const auto [one, two] = spool.together(fill, spool.spool().append(inbox, one_item(spool, "one")),
                                         spool.spool().append(inbox, one_item(spool, "two")));
  CHECK(one.error() == Error::no_space);
  CHECK(two.error() == Error::no_space);
  require_same(counts(spool, inbox), before);
  require_same(counts(spool, inbox), counts_after_kill(spool));
  spool.disk->full = false;
  REQUIRE(spool.append(inbox, mail("next")).value().to.text() == "2");
  CHECK(spool.snapshot(inbox)->size() == 2);
  CHECK(spool.fatal().empty());
}

TEST_CASE("A ledger that is asked again after a full disk has nothing of what was not stored") {
  FailingSpool spool;
  const MailboxId inbox = spool.folder("INBOX");
  spool.open_over_disk();
  std::vector<Fetched> messages;
  messages.push_back({spool.incoming(mail("one")), "uidl-1", 0, 40});
  const auto listed =
      std::make_shared<const StillListed>([](std::string_view, std::uint32_t) { return true; });
  const auto [stored, ledger] = spool.together(
      [&] { spool.disk->full = true; },
      spool.spool().store_fetched("isp", inbox, std::move(messages), listed), spool.spool().ledger("isp"));
  CHECK(stored.error() == Error::no_space);
  CHECK(ledger.value().empty());
}

TEST_CASE("A folder that was read ahead is taken in though the disk is full") {
  FailingSpool spool;
  const MailboxId inbox = spool.folder("INBOX");
  auto item = one_item(spool, "new");
  spool.close();
  boost::asio::io_context io;
  const auto no_answer = [](const std::exception_ptr&, const auto&) {};
  {
    Writer writer(spool.make_books(), std::make_shared<Published>(), std::make_shared<ChangeFeed>(),
                  std::make_shared<ReadHolds>());
    spool.gate.close();
    const auto wait = [](Books& books) -> Result<std::chrono::sys_seconds> { return books.now(); };
    boost::asio::co_spawn(io, writer.submit<std::chrono::sys_seconds>(wait), no_answer);
    io.poll();
    spool.gate.await_somebody();
    index::Database database(spool.directory() / "index.db", index::Database::Access::read);
    writer.adopt(load_mailbox(database, inbox));
    auto append = [inbox, item = std::move(item)](Books& books) mutable {
      return change::append(books, inbox, item);
    };
    boost::asio::co_spawn(io, writer.submit<UidMapping>(std::move(append)), no_answer);
    io.poll();
    spool.disk->full = true;
    spool.gate.open();
    io.run();
    const auto look = [inbox](Books& books) -> Result<MailboxCounts> { return books.look(inbox)->counts(); };
    CHECK(test::await(io, writer.submit<MailboxCounts>(look)).value().messages == 0);
  }
}
