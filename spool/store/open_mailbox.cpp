#include "spool/store/open_mailbox.hpp"

#include <algorithm>

namespace homespool::spool {
namespace {

auto at_or_above(const Snapshot::Chunk& chunk, Uid uid) {
  return std::partition_point(chunk.begin(), chunk.end(), [uid](const Message& m) { return m.uid < uid; });
}

} // namespace

void OpenMailbox::set_keywords(std::vector<std::string> keywords) {
  keywords_ = std::make_shared<const std::vector<std::string>>(std::move(keywords));
  changed_ = true;
}

std::vector<OpenMailbox::Slot>::iterator OpenMailbox::slot_of(Uid uid) {
  return std::partition_point(slots_.begin(), slots_.end(),
                              [uid](const Slot& slot) { return slot.shared->back().uid < uid; });
}

Snapshot::Chunk& OpenMailbox::writable(Slot& slot) {
  if (!slot.own) {
    auto copy = std::make_shared<Snapshot::Chunk>();
    copy->reserve(Snapshot::kChunk);
    *copy = *slot.shared;
    slot.own = std::move(copy);
    slot.shared = slot.own;
  }
  changed_ = true;
  return *slot.own;
}

void OpenMailbox::count(const Message& message, int sign) {
  const auto by = static_cast<std::size_t>(sign); // modular: -1 subtracts
  size_ += by;
  if (!message.flags.has(Flags::kSeen)) unseen_ += by;
  if (message.flags.has(Flags::kDeleted)) deleted_ += by;
  bytes_ += static_cast<std::uint64_t>(sign) * message.size;
}

void OpenMailbox::add(const Message& message) {
  if (slots_.empty() || slots_.back().shared->size() >= Snapshot::kChunk) {
    Slot slot;
    slot.own = std::make_shared<Snapshot::Chunk>();
    slot.shared = slot.own;
    slots_.push_back(std::move(slot));
  }
  writable(slots_.back()).push_back(message);
  count(message, 1);
  uidnext_ = std::max(uidnext_, Uid{message.uid.value + 1});
}

const Message* OpenMailbox::find(Uid uid) const {
  const auto slot = const_cast<OpenMailbox*>(this)->slot_of(uid); // reads only
  if (slot == slots_.end()) return nullptr;
  const auto at = at_or_above(*slot->shared, uid);
  return at->uid == uid ? &*at : nullptr;
}

void OpenMailbox::replace(const Message& message) {
  Snapshot::Chunk& chunk = writable(*slot_of(message.uid));
  Message& there = chunk[static_cast<std::size_t>(at_or_above(chunk, message.uid) - chunk.begin())];
  count(there, -1);
  there = message;
  count(there, 1);
}

void OpenMailbox::remove(const std::vector<Uid>& rising) {
  for (auto uid = rising.begin(); uid != rising.end();) {
    const auto slot = slot_of(*uid);
    if (slot == slots_.end()) return;
    Snapshot::Chunk& chunk = writable(*slot);
    const Uid last = chunk.back().uid;
    std::erase_if(chunk, [&](const Message& message) {
      while (uid != rising.end() && *uid < message.uid) ++uid;
      if (uid == rising.end() || *uid != message.uid) return false;
      count(message, -1);
      return true;
    });
    while (uid != rising.end() && *uid <= last) ++uid;
    if (chunk.empty()) slots_.erase(slot);
  }
}

void OpenMailbox::for_each(Uid first, Uid last, const std::function<void(const Message&)>& visit) const {
  for (auto slot = const_cast<OpenMailbox*>(this)->slot_of(first); slot != slots_.end(); ++slot) {
    for (auto at = at_or_above(*slot->shared, first); at != slot->shared->end(); ++at) {
      if (last < at->uid) return;
      visit(*at);
    }
  }
}

void OpenMailbox::clear() {
  slots_.clear();
  size_ = unseen_ = deleted_ = 0;
  bytes_ = 0;
  changed_ = true;
}

SnapshotPtr OpenMailbox::publish(bool removed) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->mailbox = id_;
  snapshot->uidvalidity = uidvalidity_;
  snapshot->uidnext = uidnext_;
  snapshot->highest_modseq = modseq_;
  snapshot->keywords = keywords_;
  snapshot->unseen = unseen_;
  snapshot->removed = removed;
  std::vector<std::shared_ptr<const Snapshot::Chunk>> chunks;
  chunks.reserve(slots_.size());
  for (Slot& slot : slots_) {
    slot.own.reset();
    chunks.push_back(slot.shared);
  }
  snapshot->assign(std::move(chunks));
  changed_ = false;
  return snapshot;
}

MailboxCounts OpenMailbox::counts() const {
  MailboxCounts counts;
  counts.messages = static_cast<std::uint32_t>(size_);
  counts.unseen = static_cast<std::uint32_t>(unseen_);
  counts.deleted = static_cast<std::uint32_t>(deleted_);
  counts.bytes = bytes_;
  counts.uidvalidity = uidvalidity_;
  counts.uidnext = uidnext_;
  counts.highest_modseq = modseq_;
  return counts;
}

} // namespace homespool::spool
