#include "tests/spool/pack_fixture.hpp"
#include "tests/spool/spool_fixture.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

using namespace homespool::spool;
using test::SpoolFixture;

namespace {

const std::string kMessage = "From: a@example.org\r\nSubject: one\r\n\r\nbody\r\n";

} // namespace

TEST_CASE("A new user has the six folders, subscribed, INBOX first") {
  SpoolFixture spool;
  REQUIRE_FALSE(spool.run(spool.spool().ensure_user("taro")));
  REQUIRE_FALSE(spool.run(spool.spool().ensure_user("taro")));
  std::vector<std::string> names;
  for (const Mailbox& mailbox : spool.spool().mailboxes("taro")) {
    names.push_back(mailbox.name + mailbox.special_use);
    CHECK(mailbox.subscribed);
  }
  CHECK(names == std::vector<std::string>{"INBOX", "Archive\\Archive", "Drafts\\Drafts", "Junk\\Junk",
                                          "Sent\\Sent", "Trash\\Trash"});
  CHECK(spool.spool().find_mailbox("taro", "inbox"));
  CHECK_FALSE(spool.spool().find_mailbox("hana", "INBOX"));
}

TEST_CASE("Everything is found again after a restart") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  const auto mapping = spool.append(inbox, kMessage, Flags::kSeen, {"$Junk"}).value();
  const auto before = spool.snapshot(inbox);
  const std::string uidl = spool.spool().uidl((*before)[0].id);
  spool.reopen();
  const auto after = spool.snapshot(spool.folder("INBOX"));
  REQUIRE(after->size() == 1);
  const Message& message = (*after)[0];
  CHECK(mapping.uidvalidity == after->uidvalidity);
  CHECK(mapping.to.contains(message.uid));
  CHECK(flag_names(message.flags, *after->keywords) == "\\Seen $Junk");
  CHECK(after->uidnext == before->uidnext);
  CHECK(after->highest_modseq == before->highest_modseq);
  CHECK(spool.spool().uidl(message.id) == uidl);
  CHECK(spool.text(message.id) == kMessage);
  CHECK(spool.spool().status().messages == 1);
  CHECK(spool.spool().status().bytes == kMessage.size());
}

TEST_CASE("Details hold what was parsed when the message came in") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kMessage).has_value());
  Wanted wanted;
  wanted.envelope = wanted.body = wanted.bodystructure = wanted.parts = true;
  const auto details = spool.spool().make_reader()->details((*spool.snapshot(inbox))[0].id, wanted).value();
  const homespool::mail::Structure structure = homespool::mail::parse_structure(kMessage);
  CHECK(details.envelope == structure.envelope);
  CHECK(details.bodystructure == structure.bodystructure);
  CHECK(details.parts == structure.parts);
  CHECK(details.size == kMessage.size());
  CHECK(details.header_size == kMessage.find("body"));
  CHECK(spool.spool().make_reader()->details(MessageId{99}, wanted).error() == Error::no_such_message);
}

TEST_CASE("A second daemon on the same spool is refused in one sentence") {
  SpoolFixture spool;
  const auto second = Spool::open(spool.options());
  REQUIRE(second.has_error());
  CHECK(second.error().in_use);
  CHECK(second.error().sentence == "the spool " + spool.directory().string() +
                                       " is in use by another homespool (pid " + std::to_string(::getpid()) +
                                       ")");
}

TEST_CASE("A spool of a newer version is refused in one sentence") {
  SpoolFixture spool;
  spool.close();
  {
    index::Database database(spool.directory() / "index.db", index::Database::Access::write);
    database.run("PRAGMA user_version=99");
  }
  const auto opened = Spool::open(spool.options());
  REQUIRE(opened.has_error());
  CHECK(!opened.error().in_use);
  CHECK(opened.error().sentence.find("newer version") != std::string::npos);
}

TEST_CASE("Garbage behind the last record is cut off, and writing goes on") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kMessage).has_value());
  spool.close();
  {
    std::ofstream pack(spool.directory() / "packs" / "000001.pack", std::ios::app | std::ios::binary);
    pack << std::string(5000, '?');
  }
  spool.open();
  REQUIRE(spool.append(inbox, kMessage + "two\r\n").has_value());
  spool.reopen();
  const auto snapshot = spool.snapshot(inbox);
  REQUIRE(snapshot->size() == 2);
  CHECK(spool.text((*snapshot)[0].id) == kMessage);
  CHECK(spool.text((*snapshot)[1].id) == kMessage + "two\r\n");
}

TEST_CASE("The files of a spool are for its owner alone") {
  SpoolFixture spool;
  REQUIRE(spool.append(spool.folder("INBOX"), kMessage).has_value());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(spool.directory())) {
    const auto status = entry.status();
    if (status.type() == std::filesystem::file_type::not_found) continue; // SQLite's files come and go
    CHECK((status.permissions() & std::filesystem::perms(077)) == std::filesystem::perms::none);
  }
}
