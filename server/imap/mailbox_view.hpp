// The selected mailbox as one client knows it: what it was told, what is newest, and how to tell the
// difference.
//
// Message numbers are those that were announced, whatever happened since. For: IMAP sessions. Not for:
// talking to the spool or the client. Threads: the session's. RFC 3501 sections 5.2, 5.5, 7.3, 7.4.1.
#pragma once

#include "spool/flags.hpp"
#include "spool/snapshot.hpp"
#include "spool/uid_set.hpp"

#include <optional>
#include <string>
#include <vector>

namespace homespool::server::imap {

// When what may be told.
struct Permit {
  bool expunges = true; // not while FETCH, STORE or SEARCH is answered, nor between commands
  bool uids = false;    // a UID in every FETCH response, because a UID command asked
};

// A STORE of this session: its messages are told as it asked, and others' changes all the same.
struct OwnStore {
  std::vector<spool::Uid> uids; // rising
  spool::FlagChange change = spool::FlagChange::replace;
  spool::FlagNames flags;
  bool silent = false;
};

// What is to be told, written a piece at a time so that it never fills memory.
class Announcement {
 public:
  bool empty() const { return expunged_.empty() && !exists_ && lines_.empty() && flags_line_.empty(); }
  // Appends untagged responses until `out` holds `limit` bytes; true when more is left.
  bool write(std::string& out, std::size_t limit);

 private:
  friend class MailboxView;
  struct Line {
    std::size_t number; // from 1
    spool::Uid uid;
    spool::Flags flags;
    bool recent;
  };
  spool::SnapshotPtr snapshot_;
  std::string flags_line_;
  std::vector<std::size_t> expunged_;
  std::optional<std::size_t> exists_;
  std::size_t recent_ = 0;
  std::vector<Line> lines_;
  bool uids_ = false;
  std::size_t at_ = 0;
};

class MailboxView {
 public:
  // `first_recent`: messages from there on are \Recent in this session.
  MailboxView(spool::SnapshotPtr snapshot, bool read_only, spool::Uid first_recent);

  bool read_only() const { return read_only_; }
  spool::MailboxId mailbox() const { return numbers_->mailbox; }
  std::size_t size() const { return numbers_->size(); }
  // The client's numbering.
  const spool::Snapshot& numbers() const { return *numbers_; }
  const spool::SnapshotPtr& newest() const { return newest_; }
  // Message `place` (from 0) of the client's numbering with its newest flags; the last known ones when it is
  // gone.
  spool::Message at(std::size_t place) const;
  bool gone(std::size_t place) const;

  // A later state of the same mailbox. Nothing is told yet. `first_recent` as for the constructor.
  void learn(spool::SnapshotPtr newest, spool::Uid first_recent);
  bool recent(spool::Uid uid) const { return recent_.contains(uid); }
  std::size_t recent_count() const;
  // "\\Seen $Junk \\Recent" of a message.
  std::string flag_text(const spool::Message& message) const;

  // What the client does not know yet; after this call the view counts it as told.
  Announcement announce(Permit permit);
  Announcement announce(Permit permit, const OwnStore& own);

 private:
  Announcement start(Permit permit) const;
  void add_line(Announcement& to, const spool::Snapshot& numbers, const spool::Message& message) const;
  void add_changes(Announcement& to, const spool::Snapshot& numbers, const OwnStore* own) const;
  void add_own(Announcement& to, const spool::Snapshot& numbers, const OwnStore& own) const;
  Announcement tell(Permit permit, const OwnStore* own);

  spool::SnapshotPtr numbers_; // what EXISTS and EXPUNGE told
  spool::SnapshotPtr flags_;   // what FETCH FLAGS told; the same or later
  spool::SnapshotPtr newest_;
  spool::UidSet recent_;
  bool read_only_;
};

// The flags after a change, as the one who asked for it expects them. Keywords the mailbox does not know are
// left out.
spool::Flags changed_flags(spool::Flags before, spool::FlagChange change, const spool::FlagNames& names,
                           const std::vector<std::string>& keywords);
// "(\\Answered \\Flagged … $Junk)": what the mailbox knows.
std::string known_flags(const std::vector<std::string>& keywords);

} // namespace homespool::server::imap
