// What a check of the spool found: what is wrong, what that affects, and which command mends it.
//
// Threads: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace homespool::spool {

struct AffectedMessage {
  std::string user, folder;
  std::uint32_t uid = 0;
  std::string uidl;
  std::string subject;  // UTF-8; empty when the index cannot tell it
  bool deleted = false; // by the deleter, and can be brought back

  bool operator==(const AffectedMessage&) const = default;
};

struct Finding {
  // For programs, stable: "index-missing", "index-damaged", "index-foreign", "index-newer", "counter-behind",
  // "row-wrong", "record-missing", "record-damaged", "structure-differs", "pack-missing", "pack-truncated",
  // "pack-unreadable", "index-old".
  std::string kind;
  std::string what; // a sentence; the same for all messages that one thing affects
  std::string mend; // the command, or what else to do
  std::vector<AffectedMessage> messages;
};

} // namespace homespool::spool
