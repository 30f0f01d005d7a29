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

constexpr std::size_t kPage = 4096;

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

// The page at the root of a table; of the leaves below it the first, when it has some.
std::size_t first_page_of(const fs::path& index, const std::string& table) {
  index::Database database(index, index::Database::Access::read);
  index::Statement row(database.handle(), "SELECT rootpage FROM sqlite_schema WHERE name='" + table + "'");
  REQUIRE(row.step());
  const auto root = static_cast<std::size_t>(row.integer(0));
  const std::string bytes = test::file_bytes(index);
  const auto number = [&](std::size_t at, std::size_t size) {
    std::size_t value = 0;
    while (size-- > 0) value = value << 8U | static_cast<unsigned char>(bytes[at++]);
    return value;
  };
  const std::size_t at = (root - 1) * kPage;
  if (bytes[at] != 2) return root;           // no inner page of an index
  return number(at + number(at + 12, 2), 4); // of its first cell, the child
}

// Flips a bit while the spool is open, or flips it back.
void flip(const fs::path& index, std::size_t page) {
  std::fstream file(index, std::ios::in | std::ios::out | std::ios::binary);
  const auto at = static_cast<std::streamoff>(page * kPage - 100);
  file.seekg(at);
  const int byte = file.get();
  file.seekp(at);
  file.put(static_cast<char>(byte ^ 1));
}

// INBOX on pages of its own, and one message in Archive.
struct TwoFolders : FailingSpool {
  TwoFolders() {
    std::vector<AppendItem> many;
    for (int i = 0; i < 300; ++i) many.push_back(item(mail("one of many")));
    const auto appended = run(spool().append(inbox, std::move(many)));
    REQUIRE(appended.has_value());
    REQUIRE(append(archive, mail("other")).has_value());
    close();
    open_over_disk();
    REQUIRE(snapshot(inbox)->size() == 300);
    REQUIRE(snapshot(archive)->size() == 1);
  }
  fs::path index() const { return directory() / "index.db"; }
  Result<UidSet> mark(MailboxId folder) {
    return store(folder, test::uids({1}), FlagChange::add, Flags::kSeen);
  }

  MailboxId inbox = folder("INBOX"), archive = folder("Archive");
};

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

TEST_CASE(
    "A page that goes bad costs the changes of its folder: the others go on, and so does it once mended") {
  TwoFolders spool;
  const std::size_t page = first_page_of(spool.index(), "message");
  flip(spool.index(), page);
  CHECK(spool.mark(spool.inbox).has_error());
  CHECK(spool.mark(spool.archive).has_value());
  CHECK(spool.append(spool.archive, mail("more")).has_value());
  CHECK(spool.snapshot(spool.inbox)->size() == 300);
  CHECK(spool.mark(spool.inbox).has_error());
  CHECK(spool.fatal().empty());
  flip(spool.index(), page);
  CHECK(spool.mark(spool.inbox).has_value());
  CHECK(spool.append(spool.inbox, mail("next")).value().to.text() == "301");
}

TEST_CASE("A batch that meets a bad page is undone whole, and what had not been reached is done") {
  TwoFolders spool;
  const std::size_t page = first_page_of(spool.index(), "message");
  FlagNames seen;
  seen.system = Flags::kSeen;
  auto flags = spool.spool().store_flags(spool.inbox, test::uids({1}), FlagChange::add, seen, std::nullopt);
  const auto [appended, marked, other] = spool.together(
      [&] { flip(spool.index(), page); }, spool.spool().append(spool.inbox, one_item(spool, "appended")),
      std::move(flags), spool.spool().append(spool.archive, one_item(spool, "other")));
  CHECK(appended.has_error());
  CHECK(marked.has_error());
  CHECK(other.has_value());
  CHECK(spool.fatal().empty());
  flip(spool.index(), page);
  CHECK(spool.append(spool.inbox, mail("next")).value().to.text() == "301");
  CHECK(spool.snapshot(spool.inbox)->size() == 301);
  require_same(counts(spool, spool.inbox), counts_after_kill(spool));
}

TEST_CASE("A list of folders that cannot be read leaves the one before, and the daemon goes on") {
  TwoFolders spool;
  const std::size_t page = first_page_of(spool.index(), "subscription");
  flip(spool.index(), page);
  CHECK_FALSE(spool.run(spool.spool().delete_mailbox(spool.archive, "taro")));
  CHECK(spool.append(spool.inbox, mail("next")).has_value());
  CHECK(spool.spool().find_mailbox("taro", "Archive")); // as it was
  flip(spool.index(), page);
  CHECK(spool.append(spool.inbox, mail("next")).has_value());
  CHECK_FALSE(spool.spool().find_mailbox("taro", "Archive"));
  CHECK(spool.fatal().empty());
}
