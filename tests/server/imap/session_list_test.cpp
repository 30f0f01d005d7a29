// LIST, LSUB and their kin over a small house of folders.
#include "server/imap/command/list_builder.hpp"

#include <catch2/catch.hpp>

using namespace homespool;
using namespace homespool::server::imap;

namespace {

std::vector<spool::Mailbox> folders() {
  std::vector<spool::Mailbox> out;
  for (const auto* name : {"INBOX", "INBOX/sub", "Sent", "Work/2024", "Work/2024/May"}) {
    spool::Mailbox one;
    one.name = name;
    if (one.name == "Sent") one.special_use = "\\Sent";
    out.push_back(one);
  }
  return out;
}

std::string shown(const command::List& list, const std::vector<std::string>& subscriptions = {}) {
  const auto mailboxes = folders();
  std::string out;
  for (const auto& entry : build_list(list, mailboxes, subscriptions)) {
    out += entry.name + "(";
    for (const auto attribute : entry.attributes) out += std::string(attribute) + " ";
    if (out.back() == ' ') out.pop_back();
    out += entry.child_info ? ")+\n" : ")\n";
  }
  return out;
}

command::List list(std::string pattern, command::List::Kind kind = command::List::Kind::list) {
  command::List out;
  out.kind = kind;
  out.patterns = {std::move(pattern)};
  return out;
}

} // namespace

TEST_CASE("LIST shows folders with children and special use, INBOX first") {
  CHECK(shown(list("*")) == "INBOX(\\HasChildren)\nINBOX/sub(\\HasNoChildren)\nSent(\\HasNoChildren \\Sent)\n"
                            "Work(\\Noselect \\HasChildren)\nWork/2024(\\HasChildren)\n"
                            "Work/2024/May(\\HasNoChildren)\n");
}

TEST_CASE("a percent sign stops at the separator") {
  CHECK(shown(list("%")) ==
        "INBOX(\\HasChildren)\nSent(\\HasNoChildren \\Sent)\nWork(\\Noselect \\HasChildren)\n");
  CHECK(shown(list("Work/%")) == "Work/2024(\\HasChildren)\n");
}

TEST_CASE("a reference stands before the pattern") {
  auto below = list("%");
  below.reference = "Work/";
  CHECK(shown(below) == "Work/2024(\\HasChildren)\n");
}

TEST_CASE("LSUB shows subscriptions, and with a percent sign the levels above them") {
  const std::vector<std::string> subscriptions{"INBOX", "Work/2024", "Gone"};
  const auto lsub = command::List::Kind::lsub;
  CHECK(shown(list("*", lsub), subscriptions) == "INBOX()\nGone()\nWork/2024()\n");
  CHECK(shown(list("%", lsub), subscriptions) == "INBOX()\nGone()\nWork(\\Noselect)\n");
}

TEST_CASE("LIST (SUBSCRIBED) also shows what is subscribed and not there") {
  auto subscribed = list("*");
  subscribed.extended = true;
  subscribed.select_subscribed = true;
  CHECK(shown(subscribed, {"Gone", "Sent"}) == "Gone(\\NonExistent \\Noselect \\HasNoChildren "
                                               "\\Subscribed)\nSent(\\HasNoChildren \\Subscribed \\Sent)\n");
}

TEST_CASE("RECURSIVEMATCH shows the folder above a subscription") {
  auto subscribed = list("%");
  subscribed.extended = true;
  subscribed.select_subscribed = true;
  subscribed.select_recursivematch = true;
  CHECK(shown(subscribed, {"INBOX/sub"}) == "INBOX(\\HasChildren)+\n");
}

TEST_CASE("LIST (SPECIAL-USE) shows only folders of special use") {
  auto special = list("*");
  special.extended = true;
  special.select_special_use = true;
  CHECK(shown(special) == "Sent(\\HasNoChildren \\Sent)\n");
}

TEST_CASE("XLIST calls the junk folder by the name that its clients know") {
  spool::Mailbox junk;
  junk.name = "Junk";
  junk.special_use = "\\Junk";
  const std::vector<spool::Mailbox> mailboxes{junk};
  const auto use = [&](command::List::Kind kind) {
    return std::string(build_list(list("*", kind), mailboxes, {}).at(0).attributes.at(1));
  };
  CHECK(use(command::List::Kind::xlist) == "\\Spam");
  CHECK(use(command::List::Kind::list) == "\\Junk");
}
