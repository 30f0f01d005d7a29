#include "tests/spool/spool_fixture.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool;
using test::SpoolFixture;
using test::uids;

namespace {

const std::string kMessage = "Subject: one\r\n\r\nbody\r\n";

std::string flags_of(const Snapshot& snapshot, std::uint32_t uid) {
  return flag_names(snapshot[snapshot.find(Uid{uid}).value()].flags, *snapshot.keywords);
}

} // namespace

TEST_CASE("Flags are added, removed and replaced; modseq rises only for what changed") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  for (int i = 0; i < 3; ++i) REQUIRE(spool.append(inbox, kMessage).has_value());
  const auto before = spool.snapshot(inbox);
  REQUIRE(spool.store(inbox, uids({1, 2, 9}), FlagChange::add, Flags::kSeen, {"$Junk"}).has_value());
  const auto after = spool.snapshot(inbox);
  CHECK(flags_of(*after, 1) == "\\Seen $Junk");
  CHECK(flags_of(*after, 3).empty());
  CHECK((*after)[0].modseq == after->highest_modseq);
  CHECK((*after)[2].modseq == (*before)[2].modseq);
  CHECK(after->unseen == 1);
  REQUIRE(spool.store(inbox, uids({1}), FlagChange::add, Flags::kSeen).has_value());
  CHECK(spool.snapshot(inbox)->highest_modseq == after->highest_modseq);
  REQUIRE(spool.store(inbox, uids({1}), FlagChange::remove, Flags::kSeen).has_value());
  CHECK(flags_of(*spool.snapshot(inbox), 1) == "$Junk");
  REQUIRE(spool.store(inbox, uids({2}), FlagChange::replace, Flags::kDraft).has_value());
  CHECK(flags_of(*spool.snapshot(inbox), 2) == "\\Draft");
}

TEST_CASE("Flags that a change must not touch stay as they are") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kMessage, Flags::kDeleted).has_value());
  FlagNames names;
  names.system = Flags::kSeen;
  names.untouched = Flags::kDeleted;
  const auto stored = spool.run(spool.spool().store_flags(inbox, uids({1}), FlagChange::replace, names, {}));
  REQUIRE(stored.has_value());
  CHECK(flags_of(*spool.snapshot(inbox), 1) == "\\Deleted \\Seen");
}

TEST_CASE("Messages changed since a modseq are left alone and named") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kMessage).has_value());
  REQUIRE(spool.append(inbox, kMessage).has_value());
  const ModSeq known = spool.snapshot(inbox)->highest_modseq;
  REQUIRE(spool.store(inbox, uids({2}), FlagChange::add, Flags::kFlagged).has_value());
  FlagNames seen;
  seen.system = Flags::kSeen;
  const auto left = spool.run(spool.spool().store_flags(inbox, uids({1, 2}), FlagChange::add, seen, known));
  CHECK(left.value().text() == "2");
  CHECK(flags_of(*spool.snapshot(inbox), 1) == "\\Seen");
  CHECK(flags_of(*spool.snapshot(inbox), 2) == "\\Flagged");
}

TEST_CASE("Keywords are the same in any case, keep their first spelling, and end at 56") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kMessage, 0, {"$Label1"}).has_value());
  REQUIRE(spool.store(inbox, uids({1}), FlagChange::add, 0, {"$LABEL1"}).has_value());
  CHECK(*spool.snapshot(inbox)->keywords == std::vector<std::string>{"$Label1"});
  for (int i = 1; i < 56; ++i) {
    REQUIRE(spool.store(inbox, uids({1}), FlagChange::add, 0, {"k" + std::to_string(i)}).has_value());
  }
  const auto full = spool.snapshot(inbox);
  CHECK(spool.store(inbox, uids({1}), FlagChange::add, 0, {"onemore"}).error() == Error::too_many_keywords);
  CHECK(spool.store(inbox, uids({1}), FlagChange::add, 0, {"K55"}).has_value());
  CHECK(spool.snapshot(inbox)->keywords->size() == 56);
  CHECK(flags_of(*full, 1).ends_with(" k55"));
  spool.reopen();
  CHECK(spool.snapshot(inbox)->keywords->size() == 56);
}

TEST_CASE("A change that fails leaves no trace, and the next one is not disturbed") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kMessage).has_value());
  std::vector<std::string> many;
  for (int i = 0; i < 60; ++i) many.push_back("k" + std::to_string(i));
  CHECK(spool.append(inbox, kMessage, 0, many).error() == Error::too_many_keywords);
  CHECK(spool.snapshot(inbox)->keywords->empty());
  CHECK(spool.snapshot(inbox)->size() == 1);
  CHECK(spool.append(MailboxId{999}, kMessage).error() == Error::no_such_mailbox);
  const auto mapping = spool.append(inbox, kMessage, 0, {"k"});
  REQUIRE(mapping.has_value());
  CHECK(spool.spool().status().messages == 2);
  spool.reopen();
  CHECK(spool.snapshot(inbox)->size() == 2);
  CHECK(*spool.snapshot(inbox)->keywords == std::vector<std::string>{"k"});
}

TEST_CASE("EXPUNGE removes what is marked, of the UIDs that are named; the bytes stay readable") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  for (int i = 0; i < 4; ++i)
    REQUIRE(spool.append(inbox, kMessage, i == 1 ? 0 : Flags::kDeleted).has_value());
  const auto before = spool.snapshot(inbox);
  CHECK(spool.run(spool.spool().expunge(inbox, uids({1, 2}), "taro-desk")).value().text() == "1");
  CHECK(spool.run(spool.spool().expunge(inbox, {}, "taro-desk")).value().text() == "3:4");
  const auto after = spool.snapshot(inbox);
  CHECK(after->size() == 1);
  CHECK(after->uidnext == Uid{5});
  CHECK(after->highest_modseq > before->highest_modseq);
  CHECK(after->since(*before).expunged == std::vector<std::size_t>{3, 2, 0});
  CHECK(spool.text((*before)[0].id) == kMessage);
  CHECK(spool.spool().status().messages == 1);
  spool.reopen();
  REQUIRE(spool.append(inbox, kMessage).has_value());
  const auto again = spool.snapshot(inbox);
  CHECK((*again)[1].uid == Uid{5});
  CHECK((*again)[1].id > (*before)[3].id);
}

TEST_CASE("What a reader marked it can take back and remove, until the deleter marks it too") {
  SpoolFixture spool;
  const MailboxId drafts = spool.folder("Drafts");
  for (int i = 0; i < 4; ++i) REQUIRE(spool.append(drafts, kMessage).has_value());
  const auto reader = [&](const UidSet& of, FlagChange change, ReadersMark mark) {
    FlagNames names;
    names.untouched = Flags::kDeleted;
    names.readers_mark = mark;
    REQUIRE(spool.run(spool.spool().store_flags(drafts, of, change, names, {})).has_value());
  };
  const auto marked = [&](std::uint32_t uid) {
    const auto snapshot = spool.snapshot(drafts);
    return (*snapshot)[snapshot->find(Uid{uid}).value()].flags.bits & (Flags::kDeleted | Flags::kByReader);
  };
  REQUIRE(spool.store(drafts, uids({4}), FlagChange::add, Flags::kDeleted).has_value());
  reader(uids({1, 2, 3, 4}), FlagChange::add, ReadersMark::put);
  CHECK(marked(1) == (Flags::kDeleted | Flags::kByReader));
  CHECK(marked(4) == Flags::kDeleted);
  CHECK(flags_of(*spool.snapshot(drafts), 1) == "\\Deleted");
  reader(uids({3, 4}), FlagChange::replace, ReadersMark::take);
  CHECK(marked(3) == 0);
  CHECK(marked(4) == Flags::kDeleted);
  REQUIRE(spool.store(drafts, uids({1, 2}), FlagChange::add, Flags::kSeen).has_value());
  REQUIRE(spool.store(drafts, uids({2}), FlagChange::add, Flags::kDeleted).has_value());
  CHECK(marked(2) == Flags::kDeleted);
  spool.reopen();
  const auto removed = spool.run(spool.spool().expunge(drafts, {}, "taro-phone", Marked::by_readers));
  CHECK(removed.value().text() == "1");
  CHECK(spool.run(spool.spool().expunge(drafts, {}, "taro-desk")).value().text() == "2,4");
}

TEST_CASE("A reader's mark goes with \\Deleted, and stays behind when the message is moved or copied") {
  SpoolFixture spool;
  const MailboxId drafts = spool.folder("Drafts"), inbox = spool.folder("INBOX");
  for (int i = 0; i < 2; ++i) REQUIRE(spool.append(drafts, kMessage).has_value());
  FlagNames names;
  names.untouched = Flags::kDeleted;
  names.readers_mark = ReadersMark::put;
  const auto marked = spool.run(spool.spool().store_flags(drafts, uids({1, 2}), FlagChange::add, names, {}));
  REQUIRE(marked.has_value());
  REQUIRE(spool.store(drafts, uids({1}), FlagChange::remove, Flags::kDeleted).has_value());
  CHECK((*spool.snapshot(drafts))[0].flags == Flags{});
  REQUIRE(spool.run(spool.spool().copy(drafts, uids({2}), inbox)).has_value());
  REQUIRE(spool.run(spool.spool().move(drafts, uids({2}), inbox)).has_value());
  CHECK((*spool.snapshot(inbox))[0].flags == Flags{});
  CHECK((*spool.snapshot(inbox))[1].flags == Flags{Flags::kDeleted});
}

TEST_CASE("A reader tells which messages of a folder arrived before a date") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX"), sent = spool.folder("Sent");
  const auto day = [](int number) { return std::chrono::sys_seconds{std::chrono::hours{24 * number}}; };
  std::vector<AppendItem> items;
  for (const int number : {5, 1, 3, 2, 4}) {
    items.push_back(spool.item(kMessage));
    items.back().internal_date = day(number);
  }
  const auto appended = spool.run(spool.spool().append(inbox, std::move(items)));
  REQUIRE(appended.has_value());
  REQUIRE(spool.append(sent, kMessage).has_value());
  const auto ids = [&](std::uint32_t first, std::uint32_t last, int number) {
    const auto found =
        spool.spool().make_reader()->arrived_before(inbox, Uid{first}, Uid{last}, day(number)).value();
    std::vector<std::int64_t> places;
    for (const MessageId id : found) places.push_back(id.value - (*spool.snapshot(inbox))[0].id.value);
    std::sort(places.begin(), places.end());
    return places;
  };
  CHECK(ids(1, 5, 3) == std::vector<std::int64_t>{1, 3});
  CHECK(ids(1, 3, 3) == std::vector<std::int64_t>{1});
  CHECK(ids(1, 5, 1).empty());
  CHECK(ids(1, 99, 9) == std::vector<std::int64_t>{0, 1, 2, 3, 4});
}

TEST_CASE("A copy is a new message of the same bytes, never \\Deleted; a moved one keeps its id") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX"), archive = spool.folder("Archive");
  REQUIRE(spool.append(inbox, kMessage, Flags::kSeen | Flags::kDeleted, {"$Junk"}).has_value());
  REQUIRE(spool.append(inbox, kMessage + "two").has_value());
  const auto source = spool.snapshot(inbox);
  const auto copied = spool.run(spool.spool().copy(inbox, uids({1, 7}), archive)).value();
  CHECK(copied.from.text() == "1");
  CHECK(copied.to.text() == "1");
  const auto moved = spool.run(spool.spool().move(inbox, uids({2}), archive)).value();
  CHECK(moved.to.text() == "2");
  const auto target = spool.snapshot(archive);
  CHECK(copied.uidvalidity == target->uidvalidity);
  CHECK(flags_of(*target, 1) == "\\Seen $Junk");
  CHECK((*target)[0].id != (*source)[0].id);
  CHECK((*target)[1].id == (*source)[1].id);
  CHECK(spool.text((*target)[0].id) == kMessage);
  CHECK(spool.text((*target)[1].id) == kMessage + "two");
  CHECK(spool.snapshot(inbox)->size() == 1);
  CHECK(spool.spool().status().messages == 3);
}

TEST_CASE("What a POP3 client read, hid and deleted takes effect as one change") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX"), other = spool.folder("INBOX", "hana");
  for (int i = 0; i < 3; ++i) REQUIRE(spool.append(inbox, kMessage).has_value());
  REQUIRE(spool.append(other, kMessage).has_value());
  const auto snapshot = spool.snapshot(inbox);
  const MessageId foreign = (*spool.snapshot(other))[0].id;
  Pop3Update update;
  update.user = "taro";
  update.login = "taro-phone";
  update.seen = {(*snapshot)[0].id, foreign, MessageId{999}};
  update.hidden = {(*snapshot)[0].id, (*snapshot)[1].id, foreign};
  update.deleted = {(*snapshot)[2].id, foreign};
  REQUIRE_FALSE(spool.run(spool.spool().pop3_quit(update)));
  CHECK(spool.snapshot(inbox)->size() == 2);
  CHECK(flags_of(*spool.snapshot(inbox), 1) == "\\Seen");
  CHECK(spool.snapshot(other)->size() == 1);
  CHECK(spool.snapshot(other)->unseen == 1);
  using Ids = std::vector<MessageId>;
  CHECK(spool.run(spool.spool().hidden("taro-phone")).value() == Ids{(*snapshot)[0].id, (*snapshot)[1].id});
  CHECK(spool.run(spool.spool().hidden("taro-desk")).value().empty());
  Pop3Update gone;
  gone.user = "taro";
  gone.login = "taro-desk";
  gone.deleted = {(*snapshot)[0].id};
  REQUIRE_FALSE(spool.run(spool.spool().pop3_quit(gone)));
  CHECK(spool.run(spool.spool().hidden("taro-phone")).value() == Ids{(*snapshot)[1].id});
}

TEST_CASE("A new message is recent for the first session that claims it") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kMessage).has_value());
  CHECK(spool.run(spool.spool().counts(inbox)).value().recent == 1);
  const auto snapshot = spool.snapshot(inbox);
  CHECK(spool.spool().first_recent(*snapshot, false) == Uid{1});
  CHECK(spool.spool().first_recent(*snapshot, true) == Uid{1});
  CHECK(spool.spool().first_recent(*snapshot, true) == Uid{2});
  const auto counts = spool.run(spool.spool().counts(inbox)).value();
  CHECK(counts.recent == 0);
  CHECK(counts.messages == 1);
  CHECK(counts.bytes == kMessage.size());
}

TEST_CASE("Below minimum_free nothing is taken in, and reading goes on") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kMessage).has_value());
  homespool::config::SpoolSettings settings = spool.options().settings;
  settings.minimum_free = std::uint64_t{1} << 62;
  spool.spool().configure(settings);
  CHECK(spool.append(inbox, kMessage).error() == Error::no_space);
  CHECK(spool.spool().status().low_space);
  CHECK(spool.text((*spool.snapshot(inbox))[0].id) == kMessage);
  CHECK(spool.store(inbox, uids({1}), FlagChange::add, Flags::kSeen).has_value());
}
