#include "spool/change/folders.hpp"
#include "tests/spool/spool_fixture.hpp"

#include <catch2/catch.hpp>

using namespace homespool::spool;
using test::SpoolFixture;

namespace {

const std::string kMessage = "Subject: one\r\n\r\nbody\r\n";

std::vector<std::string> names(SpoolFixture& spool) {
  std::vector<std::string> names;
  for (const Mailbox& mailbox : spool.spool().mailboxes("taro")) {
    if (mailbox.special_use.empty()) names.push_back(mailbox.name);
  }
  return names;
}

} // namespace

TEST_CASE("INBOX is spelt one way, and names that no folder can have are known") {
  CHECK(change::folder_name("inbox") == "INBOX");
  CHECK(change::folder_name("Inbox/x") == "INBOX/x");
  CHECK(change::folder_name("inboxes") == "inboxes");
  for (const char* bad : {"", "/", "/a", "a/", "a//b"}) CHECK_FALSE(change::folder_name(bad));
}

TEST_CASE("Creating a folder makes its parents; twice is an error") {
  SpoolFixture spool;
  spool.folder("INBOX");
  const auto id = spool.run(spool.spool().create_mailbox("taro", "Work/2026/Bills"));
  REQUIRE(id.has_value());
  CHECK(names(spool) == std::vector<std::string>{"INBOX", "Work", "Work/2026", "Work/2026/Bills"});
  CHECK(spool.run(spool.spool().create_mailbox("taro", "Work")).error() == Error::mailbox_exists);
  CHECK(spool.run(spool.spool().create_mailbox("taro", "inbox")).error() == Error::mailbox_exists);
  CHECK(spool.run(spool.spool().create_mailbox("taro", "a//b")).error() == Error::not_allowed);
}

TEST_CASE("A folder that is made again under its old name has a higher uidvalidity") {
  SpoolFixture spool;
  const MailboxId first = spool.folder("Work");
  const std::uint32_t before = spool.snapshot(first)->uidvalidity;
  REQUIRE_FALSE(spool.run(spool.spool().delete_mailbox(first, "taro-desk")));
  CHECK(spool.run(spool.spool().snapshot(first)).error() == Error::no_such_mailbox);
  CHECK(spool.spool().loaded_snapshot(first)->removed);
  const MailboxId second = spool.folder("Work");
  CHECK(second != first);
  CHECK(spool.snapshot(second)->uidvalidity > before);
}

TEST_CASE("Deleting a folder deletes its messages for its deleter; INBOX stays") {
  SpoolFixture spool;
  const MailboxId work = spool.folder("Work");
  REQUIRE(spool.append(work, kMessage).has_value());
  const MessageId message = (*spool.snapshot(work))[0].id;
  CHECK(spool.run(spool.spool().delete_mailbox(spool.folder("INBOX"), "taro-desk")) == Error::not_allowed);
  REQUIRE_FALSE(spool.run(spool.spool().delete_mailbox(work, "taro-desk")));
  CHECK(spool.run(spool.spool().delete_mailbox(work, "taro-desk")) == Error::no_such_mailbox);
  CHECK(spool.spool().status().messages == 0);
  CHECK(spool.text(message) == kMessage);
}

TEST_CASE("Renaming takes the children along and keeps UIDs") {
  SpoolFixture spool;
  const MailboxId work = spool.folder("Work"), bills = spool.folder("Work/Bills"),
                  works = spool.folder("Works");
  REQUIRE(spool.append(bills, kMessage).has_value());
  REQUIRE_FALSE(spool.run(spool.spool().rename_mailbox(work, "Old/Job")));
  CHECK(names(spool) == std::vector<std::string>{"INBOX", "Old", "Old/Job", "Old/Job/Bills", "Works"});
  CHECK(spool.spool().find_mailbox("taro", "Old/Job/Bills")->id == bills);
  CHECK(spool.snapshot(bills)->size() == 1);
  CHECK(spool.run(spool.spool().rename_mailbox(work, "Works")) == Error::mailbox_exists);
  CHECK(spool.run(spool.spool().rename_mailbox(work, "Old/Job/Deeper")) == Error::not_allowed);
  CHECK(spool.run(spool.spool().rename_mailbox(MailboxId{99}, "X")) == Error::no_such_mailbox);
  CHECK(spool.spool().find_mailbox("taro", "Works")->id == works);
}

TEST_CASE("Renaming INBOX moves its messages into a new folder") {
  SpoolFixture spool;
  const MailboxId inbox = spool.folder("INBOX");
  REQUIRE(spool.append(inbox, kMessage).has_value());
  REQUIRE_FALSE(spool.run(spool.spool().rename_mailbox(inbox, "2025")));
  CHECK(spool.snapshot(inbox)->size() == 0);
  CHECK(spool.snapshot(spool.spool().find_mailbox("taro", "2025")->id)->size() == 1);
}

TEST_CASE("A folder that is made again or renamed to a standard name is for what that name says") {
  SpoolFixture spool;
  spool.folder("INBOX");
  const auto use = [&](const char* name) { return spool.spool().find_mailbox("taro", name)->special_use; };
  const auto remove = [&](const char* name) {
    return spool.run(spool.spool().delete_mailbox(spool.folder(name), "taro-desk"));
  };
  REQUIRE_FALSE(remove("Trash"));
  REQUIRE(spool.run(spool.spool().create_mailbox("taro", "Trash")).has_value());
  CHECK(use("Trash") == "\\Trash");
  REQUIRE_FALSE(remove("Drafts"));
  REQUIRE(spool.run(spool.spool().create_mailbox("taro", "Drafts/Old")).has_value());
  CHECK(use("Drafts") == "\\Drafts");
  const MailboxId spam = spool.folder("Spam");
  REQUIRE_FALSE(remove("Junk"));
  REQUIRE_FALSE(spool.run(spool.spool().rename_mailbox(spam, "Junk")));
  CHECK(use("Junk") == "\\Junk");
  REQUIRE_FALSE(spool.run(spool.spool().rename_mailbox(spool.folder("Sent"), "Outgoing")));
  REQUIRE(spool.run(spool.spool().create_mailbox("taro", "Sent")).has_value());
  CHECK(use("Outgoing") == "\\Sent");
  CHECK(use("Sent").empty());
}

TEST_CASE("A name that is no folder can be subscribed") {
  SpoolFixture spool;
  spool.folder("INBOX");
  REQUIRE_FALSE(spool.run(spool.spool().subscribe("taro", "later", true)));
  REQUIRE_FALSE(spool.run(spool.spool().subscribe("taro", "Junk", false)));
  CHECK(spool.spool().subscriptions("taro") ==
        std::vector<std::string>{"Archive", "Drafts", "INBOX", "Sent", "Trash", "later"});
  CHECK_FALSE(spool.spool().find_mailbox("taro", "Junk")->subscribed);
  spool.folder("later");
  CHECK(spool.spool().find_mailbox("taro", "later")->subscribed);
}
