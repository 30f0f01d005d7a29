// What LIST, LSUB and XLIST answer, out of a user's folders and subscriptions (RFC 3501 sections 6.3.8
// and 6.3.9, RFC 5258, RFC 6154, RFC 3348).
//
// Not for: STATUS of the folders listed, which the session adds. Threads: pure functions.
#pragma once

#include "server/imap/grammar/command.hpp"
#include "spool/mailbox.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace homespool::server::imap {

struct ListEntry {
  std::string name;
  std::vector<std::string_view> attributes; // of static or the mailboxes' storage
  const spool::Mailbox* mailbox = nullptr;  // null: a level that is only a name
  bool child_info = false;                  // ("CHILDINFO" ("SUBSCRIBED")) follows
};

// In the order of the names, INBOX first. The entries point into `mailboxes`.
std::vector<ListEntry> build_list(const command::List& list, std::span<const spool::Mailbox> mailboxes,
                                  std::span<const std::string> subscriptions);

} // namespace homespool::server::imap
