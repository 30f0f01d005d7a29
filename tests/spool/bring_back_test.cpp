// What was deleted or hidden comes back as it was.
#include "tests/spool/spool_fixture.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool;
using test::SpoolFixture;

namespace {

const std::string kOne = "From: Ann <ann@example.org>\r\nSubject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\n"
                         "Message-ID: <one@example.org>\r\n\r\nbody\r\n";
const std::string kTwo = "Subject: two\r\nMessage-ID: <two@example.org>\r\n\r\nbody\r\n";

std::vector<PutAway> deleted(SpoolFixture& spool, PutAwayQuery query = {}) {
  query.whose = "taro";
  return spool.spool().deleted_messages(query).value();
}

std::vector<BroughtBack> undelete(SpoolFixture& spool, const std::vector<PutAway>& messages) {
  std::vector<MessageId> ids;
  for (const PutAway& message : messages) ids.push_back(message.id);
  return spool.run(spool.spool().undelete("taro", ids)).value();
}

void remove_all(SpoolFixture& spool, MailboxId folder, const std::string& login = "taro-desk") {
  UidSet all;
  all.add(Uid{1}, Uid{0xffffffff});
  REQUIRE(spool.store(folder, all, FlagChange::add, Flags::kDeleted).has_value());
  REQUIRE(spool.run(spool.spool().expunge(folder, {}, login)).has_value());
}

} // namespace

TEST_CASE("An undeleted message is the same one under a new UID: flags, keywords, date, UIDL and bytes") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kOne, Flags::kSeen | Flags::kFlagged, {"$Work"}).has_value());
  const Message before = (*spool.snapshot(inbox))[0];
  spool.now += std::chrono::hours(1);
  remove_all(spool, inbox);
  CHECK(spool.snapshot(inbox)->size() == 0);

  const auto listed = deleted(spool);
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].id == before.id);
  CHECK(listed[0].folder == "INBOX");
  CHECK(listed[0].by == "taro-desk");
  CHECK(listed[0].when == std::chrono::floor<std::chrono::seconds>(spool.now()));
  CHECK(listed[0].subject == "grüße");
  CHECK(listed[0].from == "Ann <ann@example.org>");
  CHECK(listed[0].message_id == "<one@example.org>");
  CHECK(listed[0].size == kOne.size());

  const SnapshotPtr empty = spool.snapshot(inbox);
  const auto back = undelete(spool, listed);
  REQUIRE(back.size() == 1);
  CHECK(back[0].folder == "INBOX");
  const SnapshotPtr now = spool.snapshot(inbox);
  REQUIRE(now->size() == 1);
  const Message after = (*now)[0];
  CHECK(after.id == before.id);
  CHECK(after.uid == back[0].uid);
  CHECK(after.uid > before.uid);
  CHECK(after.modseq > empty->highest_modseq);
  CHECK(flag_names(after.flags, *now->keywords) == "\\Flagged \\Seen $Work");
  CHECK(now->since(*empty).added == 1);
  CHECK(spool.text(after.id) == kOne);
  const auto details = spool.spool().make_reader()->details(after.id, {});
  CHECK(details->internal_date + std::chrono::hours(1) == spool.now());
  CHECK(deleted(spool).empty());
  CHECK(undelete(spool, listed).empty());
  CHECK(spool.spool().status().messages == 1);
  spool.reopen();
  CHECK((*spool.snapshot(inbox))[0].uid == after.uid);
}

TEST_CASE("The folder a message lay in is made again, and one that was renamed is found") {
  SpoolFixture spool;
  const MailboxId lists = spool.folder("Work/Lists"), sent = spool.folder("Sent"), old = spool.folder("Old");
  for (const MailboxId folder : {lists, sent, old}) REQUIRE(spool.append(folder, kTwo).has_value());
  remove_all(spool, old);
  REQUIRE_FALSE(spool.run(spool.spool().rename_mailbox(old, "New")));
  for (const MailboxId folder : {lists, sent})
    REQUIRE_FALSE(spool.run(spool.spool().delete_mailbox(folder, "taro-desk")));
  const auto work = spool.spool().find_mailbox("taro", "Work");
  REQUIRE_FALSE(spool.run(spool.spool().delete_mailbox(work->id, "taro-desk")));

  CHECK(undelete(spool, deleted(spool)).size() == 3);
  for (const char* name : {"Work/Lists", "Sent", "New"}) {
    const auto folder = spool.spool().find_mailbox("taro", name);
    REQUIRE(folder);
    CHECK(folder->subscribed == (std::string(name) != "New"));
    CHECK(spool.snapshot(folder->id)->size() == 1);
  }
  CHECK(spool.spool().find_mailbox("taro", "Sent")->special_use == "\\Sent");
  CHECK(spool.spool().find_mailbox("taro", "Work"));
}

TEST_CASE("What was deleted is found by time, folder, login and Message-ID, and only by its user") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX"), junk = spool.folder("Junk");
  REQUIRE(spool.append(inbox, kOne).has_value());
  REQUIRE(spool.append(junk, kTwo).has_value());
  remove_all(spool, inbox, "desk");
  spool.now += std::chrono::hours(2);
  remove_all(spool, junk, "other");

  PutAwayQuery query;
  CHECK(deleted(spool).size() == 2);
  CHECK(deleted(spool)[0].folder == "Junk");
  query.since = std::chrono::floor<std::chrono::seconds>(spool.now()) - std::chrono::hours(1);
  REQUIRE(deleted(spool, query).size() == 1);
  CHECK(deleted(spool, query)[0].subject == "two");
  query = {};
  query.folders = {"INBOX"};
  REQUIRE(deleted(spool, query).size() == 1);
  CHECK(deleted(spool, query)[0].by == "desk");
  query = {};
  query.by = {"other"};
  CHECK(deleted(spool, query).size() == 1);
  for (const char* id : {"<two@example.org>", "two@example.org"}) {
    query = {};
    query.message_ids = {id};
    REQUIRE(deleted(spool, query).size() == 1);
    CHECK(deleted(spool, query)[0].folder == "Junk");
  }
  query = {};
  query.ids = {MessageId{99}};
  CHECK(deleted(spool, query).empty());
  query = {};
  query.whose = "hanako";
  CHECK(spool.spool().deleted_messages(query)->empty());
  CHECK(spool.run(spool.spool().undelete("hanako", {deleted(spool)[0].id}))->empty());
}

TEST_CASE("After undelete_for nothing can be brought back, and with 0s never") {
  for (const auto keep : {std::chrono::seconds(100), std::chrono::seconds(0)}) {
    SpoolFixture spool;
    auto settings = spool.options().settings;
    settings.undelete_for = keep;
    spool.spool().configure(settings);
    const MailboxId inbox = spool.folder("INBOX");
    REQUIRE(spool.append(inbox, kOne).has_value());
    const MessageId id = (*spool.snapshot(inbox))[0].id;
    remove_all(spool, inbox);
    CHECK(deleted(spool).size() == (keep.count() == 0 ? 0 : 1));
    spool.now += keep;
    CHECK(deleted(spool).empty());
    CHECK(spool.run(spool.spool().undelete("taro", {id}))->empty());
    CHECK(spool.snapshot(inbox)->size() == 0);
  }
}

TEST_CASE("What a client hid comes back to it, and stays hidden while it is deleted and undeleted") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kOne).has_value());
  REQUIRE(spool.append(inbox, kTwo).has_value());
  Pop3Update update;
  update.user = "taro";
  update.login = "phone";
  update.hidden = {(*spool.snapshot(inbox))[0].id, (*spool.snapshot(inbox))[1].id};
  REQUIRE_FALSE(spool.run(spool.spool().pop3_quit(update)));
  remove_all(spool, inbox);
  PutAwayQuery query;
  query.whose = "phone";
  CHECK(spool.spool().hidden_messages(query)->empty());
  undelete(spool, deleted(spool));
  CHECK(spool.run(spool.spool().hidden("phone"))->size() == 2);

  const auto hidden = spool.spool().hidden_messages(query).value();
  REQUIRE(hidden.size() == 2);
  CHECK(hidden[0].subject == "two");
  CHECK(hidden[0].folder == "INBOX");
  CHECK(hidden[0].when == std::chrono::floor<std::chrono::seconds>(spool.now()));
  const auto back = spool.run(spool.spool().unhide("phone", {hidden[0].id, MessageId{99}})).value();
  CHECK(back == std::vector<MessageId>{hidden[0].id});
  CHECK(spool.run(spool.spool().hidden("phone")).value() == std::vector<MessageId>{hidden[1].id});
}

TEST_CASE("A client may hide what the deleter deleted meanwhile") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kOne).has_value());
  const MessageId only = (*spool.snapshot(inbox))[0].id;
  remove_all(spool, inbox);
  Pop3Update hide;
  hide.user = "taro";
  hide.login = "phone";
  hide.hidden = {only};
  REQUIRE_FALSE(spool.run(spool.spool().pop3_quit(hide)));
  REQUIRE(spool.run(spool.spool().undelete("taro", {only})).has_value());
  CHECK(spool.run(spool.spool().hidden("phone")).value() == std::vector<MessageId>{only});
}
