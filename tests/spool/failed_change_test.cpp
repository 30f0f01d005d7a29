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

std::vector<AppendItem> one_item(FailingSpool& spool, const std::string& subject) {
  std::vector<AppendItem> items;
  items.push_back(spool.item(mail(subject)));
  return items;
}

} // namespace

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
