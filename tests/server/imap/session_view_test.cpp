// What a client is told about its mailbox, against a client that does exactly what RFC 3501 says.
#include "server/imap/mailbox_view.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <sstream>

using namespace homespool;
using namespace homespool::server::imap;
using spool::Flags;
using spool::Uid;

namespace {

// The mailbox as it is: a plain vector.
struct Mailbox {
  std::vector<spool::Message> messages;
  std::uint32_t uidnext = 1;
  std::uint64_t modseq = 1;
  std::shared_ptr<const std::vector<std::string>> keywords =
      std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"$Junk"});

  void add(std::uint64_t flags = 0) {
    spool::Message one;
    one.uid = {uidnext++};
    one.id = {one.uid.value};
    one.flags = {flags};
    one.modseq = {++modseq};
    messages.push_back(one);
  }
  void flag(std::size_t at, std::uint64_t bits) {
    messages[at].flags = {bits};
    messages[at].modseq = {++modseq};
  }
  void remove(std::size_t at) {
    messages.erase(messages.begin() + static_cast<std::ptrdiff_t>(at));
    ++modseq;
  }
  spool::SnapshotPtr snapshot() const {
    auto out = std::make_shared<spool::Snapshot>();
    out->uidvalidity = 1;
    out->uidnext = {uidnext};
    out->highest_modseq = {modseq};
    out->keywords = keywords;
    std::vector<std::shared_ptr<const spool::Snapshot::Chunk>> chunks;
    for (std::size_t at = 0; at < messages.size(); at += 3) {
      const auto end = std::min(at + 3, messages.size());
      chunks.push_back(std::make_shared<const spool::Snapshot::Chunk>(
          messages.begin() + static_cast<std::ptrdiff_t>(at),
          messages.begin() + static_cast<std::ptrdiff_t>(end)));
    }
    out->assign(std::move(chunks));
    return out;
  }
};

std::string told(Announcement announcement) {
  std::string out;
  while (announcement.write(out, out.size() + 1)) {
  }
  return out;
}

// A client that keeps UIDs and flags by message number.
struct Client {
  struct Known {
    std::uint32_t uid = 0; // 0: not asked for yet
    std::string flags;
  };
  std::vector<Known> messages;

  void hear(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string star, kind;
      std::size_t number = 0;
      words >> star;
      if (line.starts_with("* FLAGS")) continue;
      words >> number >> kind;
      if (kind.starts_with("EXISTS")) {
        REQUIRE(number >= messages.size());
        messages.resize(number);
      } else if (kind.starts_with("EXPUNGE")) {
        REQUIRE(number >= 1);
        REQUIRE(number <= messages.size());
        messages.erase(messages.begin() + static_cast<std::ptrdiff_t>(number) - 1);
      } else if (kind == "FETCH") {
        REQUIRE(number >= 1);
        REQUIRE(number <= messages.size());
        const auto at = line.find("FLAGS (");
        messages[number - 1].flags = line.substr(at + 7, line.find(')') - at - 7);
      }
    }
  }
  // Asks for what it does not know, as every client does after EXISTS.
  void fetch_new(const MailboxView& view) {
    REQUIRE(view.size() == messages.size());
    for (std::size_t i = 0; i < messages.size(); ++i) {
      if (messages[i].uid != 0) continue;
      messages[i].uid = view.numbers()[i].uid.value;
      messages[i].flags = view.flag_text(view.at(i));
    }
  }
};

std::uint64_t random_flags(std::mt19937& random) {
  return (random() % 32) | (random() % 2 ? std::uint64_t{1} << Flags::kFirstKeyword : 0);
}

void change(Mailbox& mailbox, std::mt19937& random) {
  const auto kind = random() % 4;
  if (kind == 0 || mailbox.messages.empty())
    mailbox.add(random_flags(random));
  else if (kind == 1)
    mailbox.remove(random() % mailbox.messages.size());
  else
    mailbox.flag(random() % mailbox.messages.size(), random_flags(random));
}

} // namespace

TEST_CASE("whatever happens to a mailbox, a client's numbers, UIDs and flags stay right") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    Mailbox mailbox;
    for (int i = 0; i < 6; ++i) mailbox.add();
    MailboxView view(mailbox.snapshot(), true, {mailbox.uidnext});
    Client client;
    client.messages.resize(view.size());
    client.fetch_new(view);
    for (int step = 0; step < 40; ++step) {
      const auto changes = random() % 4;
      for (unsigned i = 0; i < changes; ++i) change(mailbox, random);
      view.learn(mailbox.snapshot(), {mailbox.uidnext});
      const bool expunges = random() % 3 != 0;
      const auto before = view.size();
      const auto text = told(view.announce(Permit{expunges, random() % 2 == 0}));
      client.hear(text);
      if (!expunges) {
        CHECK(text.find("EXPUNGE") == std::string::npos);
        CHECK(view.size() == before);
      }
      client.fetch_new(view);
      for (std::size_t i = 0; i < client.messages.size(); ++i) {
        REQUIRE(view.numbers()[i].uid.value == client.messages[i].uid);
        if (view.gone(i)) continue;
        REQUIRE(view.flag_text(view.at(i)) == client.messages[i].flags);
      }
      if (expunges) REQUIRE(client.messages.size() == mailbox.messages.size());
    }
  }
}

TEST_CASE("EXPUNGE comes in descending order, then EXISTS, then flags") {
  Mailbox mailbox;
  for (int i = 0; i < 5; ++i) mailbox.add();
  MailboxView view(mailbox.snapshot(), false, {6});
  mailbox.remove(3);
  mailbox.remove(1);
  mailbox.add();
  mailbox.flag(2, Flags::kSeen);
  view.learn(mailbox.snapshot(), {6});
  CHECK(told(view.announce({})) ==
        "* 4 EXPUNGE\r\n* 2 EXPUNGE\r\n* 4 EXISTS\r\n* 1 RECENT\r\n* 3 FETCH (FLAGS (\\Seen))\r\n");
  CHECK(told(view.announce({})).empty());
}

TEST_CASE("while FETCH, STORE or SEARCH is answered the numbers stand still") {
  Mailbox mailbox;
  for (int i = 0; i < 3; ++i) mailbox.add();
  MailboxView view(mailbox.snapshot(), false, {4});
  mailbox.remove(0);
  mailbox.add();
  mailbox.flag(1, Flags::kFlagged);
  view.learn(mailbox.snapshot(), {4});
  CHECK(told(view.announce(Permit{false, false})) == "* 3 FETCH (FLAGS (\\Flagged))\r\n");
  CHECK(view.size() == 3);
  CHECK(view.gone(0));
  CHECK(told(view.announce({})) == "* 1 EXPUNGE\r\n* 3 EXISTS\r\n* 1 RECENT\r\n");
}

TEST_CASE("STORE tells every message it names, SILENT none that came out as asked") {
  Mailbox mailbox;
  for (int i = 0; i < 2; ++i) mailbox.add();
  MailboxView view(mailbox.snapshot(), false, {3});
  mailbox.flag(0, Flags::kSeen);
  view.learn(mailbox.snapshot(), {3});
  OwnStore own;
  own.uids = {Uid{1}, Uid{2}};
  own.change = spool::FlagChange::add;
  own.flags.system = Flags::kSeen;
  SECTION("told, with the one that was not changed") {
    CHECK(told(view.announce(Permit{false, false}, own)) ==
          "* 1 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (FLAGS ())\r\n");
  }
  SECTION("silent: only what is not as the client must believe") {
    own.silent = true;
    CHECK(told(view.announce(Permit{true, true}, own)) == "* 2 FETCH (UID 2 FLAGS ())\r\n");
  }
}

TEST_CASE("a keyword the client has not heard of is announced before it is used") {
  Mailbox mailbox;
  mailbox.add();
  MailboxView view(mailbox.snapshot(), false, {2});
  mailbox.keywords =
      std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"$Junk", "Todo"});
  mailbox.flag(0, std::uint64_t{2} << Flags::kFirstKeyword);
  view.learn(mailbox.snapshot(), {2});
  CHECK(told(view.announce({})) == "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk Todo)\r\n"
                                   "* 1 FETCH (FLAGS (Todo))\r\n");
}

TEST_CASE("flags change as RFC 3501 section 6.4.6 has it, and a replacement leaves the untouched alone") {
  const std::vector<std::string> keywords{"$Junk"};
  spool::FlagNames names;
  names.system = Flags::kSeen;
  names.keywords = {"$JUNK", "Unknown"};
  const Flags before{Flags::kDeleted | Flags::kFlagged};
  const auto junk = std::uint64_t{1} << Flags::kFirstKeyword;
  CHECK(changed_flags(before, spool::FlagChange::add, names, keywords).bits ==
        (Flags::kDeleted | Flags::kFlagged | Flags::kSeen | junk));
  CHECK(changed_flags(before, spool::FlagChange::replace, names, keywords).bits == (Flags::kSeen | junk));
  names.untouched = Flags::kDeleted;
  CHECK(changed_flags(before, spool::FlagChange::replace, names, keywords).bits ==
        (Flags::kDeleted | Flags::kSeen | junk));
}
