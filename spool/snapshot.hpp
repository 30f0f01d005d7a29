// An open mailbox as one immutable value: UIDs, flags, mod-sequences, sizes. Replaced by the writer at each
// commit that touches it; 500 sessions of one mailbox share one.
//
// Messages stand in UID order in chunks of at most 1,024; a new snapshot shares the chunks that did not
// change with the one before, which makes both replacing and comparing cheap in mailboxes of any size. 32
// bytes a message. Sequence numbers here count from 0. Threads: immutable, shared by all.
#pragma once

#include "spool/flags.hpp"
#include "spool/ids.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace homespool::spool {

struct Message {
  Uid uid;
  std::uint32_t size = 0; // bytes in wire form; messages are smaller than 4 GiB
  MessageId id;
  Flags flags;
  ModSeq modseq;
};
static_assert(sizeof(Message) == 32);

class Snapshot {
 public:
  using Chunk = std::vector<Message>;
  static constexpr std::size_t kChunk = 1024;

  MailboxId mailbox;
  std::uint32_t uidvalidity = 0;
  Uid uidnext;
  ModSeq highest_modseq;
  std::shared_ptr<const std::vector<std::string>>
      keywords;           // never null; bit kFirstKeyword + i is keywords[i]
  std::size_t unseen = 0; // messages without \Seen
  bool removed = false;   // the mailbox itself is gone

  std::size_t size() const { return size_; }
  const Message& operator[](std::size_t sequence) const;
  // The place of this UID; nothing when it is not there.
  std::optional<std::size_t> find(Uid uid) const;
  // The place of the first UID not below this one (size() if none).
  std::size_t lower_bound(Uid uid) const;
  std::optional<std::size_t> first_unseen() const;

  // In order; stops when `visit` returns false.
  void for_each(std::size_t first, std::size_t last_excluded,
                const std::function<bool(std::size_t sequence, const Message&)>& visit) const;

  struct Difference {
    std::vector<std::size_t> expunged; // places in the old snapshot, descending (ready to be sent)
    std::vector<std::size_t>
        changed;           // places in the new snapshot of messages both have, with a newer modseq, rising
    std::size_t added = 0; // messages of the new snapshot with a UID not below the old uidnext
  };
  // What happened from `before` to this one. Linear in what changed, not in the mailbox.
  Difference since(const Snapshot& before) const;

  // For the writer.
  void assign(std::vector<std::shared_ptr<const Chunk>> chunks);
  const std::vector<std::shared_ptr<const Chunk>>& chunks() const { return chunks_; }

 private:
  std::vector<std::shared_ptr<const Chunk>> chunks_;
  std::vector<std::size_t> first_; // place of each chunk's first message
  std::size_t size_ = 0;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

} // namespace homespool::spool
