// Folders of a user. Threads: values.
#pragma once

#include "spool/ids.hpp"

#include <string>

namespace homespool::spool {

// Names are UTF-8 with '/' between levels; "INBOX" is spelt so in the spool whatever the client wrote.
struct Mailbox {
  MailboxId id;
  std::string user;
  std::string name;
  std::string special_use; // "\\Drafts", "\\Sent", "\\Trash", "\\Junk", "\\Archive" or empty
  bool subscribed = false;
};

// STATUS of a folder without opening it.
struct MailboxCounts {
  std::uint32_t messages = 0, recent = 0, unseen = 0, uidvalidity = 0;
  Uid uidnext;
  ModSeq highest_modseq;
  std::uint64_t bytes = 0;
  std::uint32_t deleted = 0; // with \Deleted
};

} // namespace homespool::spool
