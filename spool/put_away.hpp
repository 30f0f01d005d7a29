// What was put away and can be brought back: messages that the deleter deleted, and messages that one client
// hid from itself.
//
// For: `undelete` and `unhide`. Not for: serving. Threads: values.
#pragma once

#include "spool/ids.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace homespool::spool {

struct PutAway {
  MessageId id;
  std::string folder; // the name it has now, else the name it had
  std::string flags;  // as flag_names() tells them; of what was deleted
  std::uint64_t size = 0;
  std::chrono::sys_seconds internal_date{};
  std::optional<std::chrono::sys_seconds> when; // deleted or hidden; absent: not known
  std::string by;                               // login
  // Of its header, decoded, cut at 1,000 bytes; empty when there is none or it cannot be read.
  std::string from, subject, message_id;
};

// Which of them. What is empty or absent does not narrow.
struct PutAwayQuery {
  std::string whose; // deleted: the user; hidden: the login
  std::optional<std::chrono::sys_seconds> since;
  std::vector<std::string> folders, by, message_ids; // message ids with or without angle brackets
  std::vector<MessageId> ids;
};

struct BroughtBack {
  MessageId id;
  std::string folder;
  Uid uid;
};

} // namespace homespool::spool
