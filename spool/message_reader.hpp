// Reading: what the index keeps of a message, and its bytes.
//
// For: sessions that serve. Short reads only (well under a millisecond each); the caller yields between many.
// Threads: a Reader belongs to one thread (it has a read-only connection of its own). A MessageFile may be
// used by any one thread at a time. A message that was deleted meanwhile can still be read until its space is
// won back.
#pragma once

#include "mail/structure.hpp"
#include "spool/snapshot.hpp"

#include <boost/system/result.hpp>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace homespool::spool {

// What to read from the index besides what is always there; each costs a little.
struct Wanted {
  bool envelope = false;
  bool body = false;
  bool bodystructure = false;
  bool parts = false;
};

struct MessageDetails {
  RecordId record;
  std::chrono::sys_seconds internal_date; // arrival here, or as APPEND said
  std::uint32_t size = 0;
  std::uint32_t header_size = 0; // bytes up to and with the empty line
  bool has_nul = false;
  std::string envelope, body, bodystructure; // as mail::Structure has them
  std::vector<mail::Part> parts;
};

// The bytes of one message, by position. Holds the pack open while it lives.
class MessageFile {
 public:
  virtual ~MessageFile() = default;
  virtual std::uint64_t size() const = 0;
  // It failed its checksum before: some of it cannot be read.
  virtual bool damaged() const { return false; }
  // Exactly into.size() bytes from `offset`; the range must lie within the message. Every block of the record
  // that is touched is checked against its checksum; a damaged one gives error::bad_record and is reported to
  // the spool.
  virtual boost::system::error_code read(std::uint64_t offset, std::span<char> into) const = 0;
};

// What look_up() found of one message.
struct LookedUp {
  boost::system::error_code error; // as details() and open() give it
  MessageDetails details;
  std::shared_ptr<const MessageFile> file; // when it was asked for
};

class Reader {
 public:
  virtual ~Reader() = default;
  // Details and files of messages of one folder, at one moment: for neighbours much cheaper than one by one.
  // Of the first of them (`messages` is not empty), of fewer than all when these are large.
  virtual std::vector<LookedUp> look_up(MailboxId mailbox, std::span<const Message> messages, Wanted wanted,
                                        bool files);
  // Nothing (no_such_message) when there is no such message, not even a deleted one.
  virtual boost::system::result<MessageDetails> details(MessageId id, Wanted wanted) = 0;
  virtual boost::system::result<std::shared_ptr<const MessageFile>> open(MessageId id) = 0;
  // Messages of a folder that arrived before `date`, of these UIDs; a few thousand UIDs a call.
  virtual boost::system::result<std::vector<MessageId>> arrived_before(MailboxId mailbox, Uid first, Uid last,
                                                                       std::chrono::sys_seconds date) = 0;
  // Reads every byte of a record: no error when all are as they were stored, no_such_message when there is no
  // such record (any more). What is damaged is reported to the spool.
  virtual boost::system::error_code check(RecordId record) = 0;
  // The whole message, for searching; at most `limit` bytes of it.
  virtual boost::system::result<std::string> bytes(MessageId id, std::uint64_t limit) = 0;
};

} // namespace homespool::spool
