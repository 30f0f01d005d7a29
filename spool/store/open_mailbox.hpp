// A mailbox as the writer changes it: the messages in chunks, each copied only when it is changed for the
// first time since the last snapshot.
//
// In memory only; the rows in the index are changed beside it (spool/change/). Threads: the writer's.
#pragma once

#include "spool/mailbox.hpp"
#include "spool/snapshot.hpp"

namespace homespool::spool {

class OpenMailbox {
 public:
  OpenMailbox(MailboxId id, std::uint32_t uidvalidity, Uid uidnext, ModSeq modseq)
      : id_(id), uidvalidity_(uidvalidity), uidnext_(uidnext), first_uidnext_(uidnext), modseq_(modseq) {}

  MailboxId id() const { return id_; }
  std::uint32_t uidvalidity() const { return uidvalidity_; }
  Uid uidnext() const { return uidnext_; }
  // When it was loaded: what comes from then on is recent until somebody was told.
  Uid first_uidnext() const { return first_uidnext_; }
  ModSeq modseq() const { return modseq_; }
  std::size_t size() const { return size_; }
  std::uint64_t bytes() const { return bytes_; }

  // Both rise. What a change took that failed is given again: nobody was told.
  Uid take_uid() { return Uid{uidnext_.value++}; }
  ModSeq take_modseq() { return ModSeq{++modseq_.value}; }

  struct Counters {
    Uid uidnext;
    ModSeq modseq;
  };
  Counters counters() const { return {uidnext_, modseq_}; }
  void set_counters(Counters counters) {
    uidnext_ = counters.uidnext;
    modseq_ = counters.modseq;
  }

  const std::vector<std::string>& keywords() const { return *keywords_; }
  void set_keywords(std::vector<std::string> keywords);

  // `message.uid` is above all that are there.
  void add(const Message& message);
  const Message* find(Uid uid) const;
  // `message.uid` is there.
  void replace(const Message& message);
  // UIDs that are not there are passed over.
  void remove(const std::vector<Uid>& rising);
  // Those of the range that are there, in order.
  void for_each(Uid first, Uid last, const std::function<void(const Message&)>& visit) const;
  void clear();

  bool changed() const { return changed_; }
  void mark_changed() { changed_ = true; }
  // The state now as a value; what is changed later is copied first.
  SnapshotPtr publish(bool removed = false);
  // Of the state now; `recent` is left to the caller.
  MailboxCounts counts() const;

 private:
  struct Slot {
    std::shared_ptr<const Snapshot::Chunk> shared;
    std::shared_ptr<Snapshot::Chunk> own; // the same, while no snapshot has it
  };
  std::vector<Slot>::iterator slot_of(Uid uid);
  Snapshot::Chunk& writable(Slot& slot);
  void count(const Message& message, int sign);

  MailboxId id_;
  std::uint32_t uidvalidity_;
  Uid uidnext_, first_uidnext_;
  ModSeq modseq_;
  std::shared_ptr<const std::vector<std::string>> keywords_ =
      std::make_shared<const std::vector<std::string>>();
  std::vector<Slot> slots_;
  std::size_t size_ = 0, unseen_ = 0, deleted_ = 0;
  std::uint64_t bytes_ = 0;
  bool changed_ = true;
};

} // namespace homespool::spool
