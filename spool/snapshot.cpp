#include "spool/snapshot.hpp"

#include <algorithm>

namespace homespool::spool {
namespace {

// Walks the messages of two snapshots' chunks, passing over chunks that both share.
class Walk {
 public:
  explicit Walk(const Snapshot& snapshot) : chunks_(snapshot.chunks()) {}
  bool done() const { return chunk_ == chunks_.size(); }
  bool at_chunk_start() const { return place_ == 0; }
  const Snapshot::Chunk* chunk() const { return chunks_[chunk_].get(); }
  const Message& operator*() const { return (*chunks_[chunk_])[place_]; }
  std::size_t sequence() const { return sequence_; }
  void next() {
    ++sequence_;
    if (++place_ == chunk()->size()) next_chunk();
  }
  void skip_chunk() {
    sequence_ += chunk()->size();
    next_chunk();
  }

 private:
  void next_chunk() {
    ++chunk_;
    place_ = 0;
  }
  const std::vector<std::shared_ptr<const Snapshot::Chunk>>& chunks_;
  std::size_t chunk_ = 0, place_ = 0, sequence_ = 0;
};

} // namespace

const Message& Snapshot::operator[](std::size_t sequence) const {
  const auto chunk = std::upper_bound(first_.begin(), first_.end(), sequence) - first_.begin() - 1;
  return (*chunks_[static_cast<std::size_t>(chunk)])[sequence - first_[static_cast<std::size_t>(chunk)]];
}

std::optional<std::size_t> Snapshot::find(Uid uid) const {
  const std::size_t at = lower_bound(uid);
  if (at == size_ || (*this)[at].uid != uid) return std::nullopt;
  return at;
}

std::size_t Snapshot::lower_bound(Uid uid) const {
  const auto chunk = std::partition_point(chunks_.begin(), chunks_.end(),
                                          [uid](const auto& c) { return c->back().uid < uid; });
  if (chunk == chunks_.end()) return size_;
  const auto at = std::partition_point((*chunk)->begin(), (*chunk)->end(),
                                       [uid](const Message& m) { return m.uid < uid; });
  return first_[static_cast<std::size_t>(chunk - chunks_.begin())] +
         static_cast<std::size_t>(at - (*chunk)->begin());
}

std::optional<std::size_t> Snapshot::first_unseen() const {
  if (unseen == 0) return std::nullopt;
  std::optional<std::size_t> found;
  for_each(0, size_, [&found](std::size_t sequence, const Message& message) {
    if (message.flags.has(Flags::kSeen)) return true;
    found = sequence;
    return false;
  });
  return found;
}

void Snapshot::for_each(std::size_t first, std::size_t last_excluded,
                        const std::function<bool(std::size_t, const Message&)>& visit) const {
  last_excluded = std::min(last_excluded, size_);
  if (first >= last_excluded) return;
  auto chunk =
      static_cast<std::size_t>(std::upper_bound(first_.begin(), first_.end(), first) - first_.begin() - 1);
  for (std::size_t sequence = first; sequence < last_excluded; ++chunk) {
    const Chunk& messages = *chunks_[chunk];
    for (std::size_t i = sequence - first_[chunk]; i < messages.size() && sequence < last_excluded; ++i) {
      if (!visit(sequence, messages[i])) return;
      ++sequence;
    }
  }
}

Snapshot::Difference Snapshot::since(const Snapshot& before) const {
  Difference difference;
  Walk was(before), now(*this);
  while (!was.done()) {
    if (now.done()) {
      difference.expunged.push_back(was.sequence());
      was.next();
    } else if (was.at_chunk_start() && now.at_chunk_start() && was.chunk() == now.chunk()) {
      was.skip_chunk();
      now.skip_chunk();
    } else if ((*was).uid == (*now).uid) {
      if ((*was).modseq != (*now).modseq) difference.changed.push_back(now.sequence());
      was.next();
      now.next();
    } else {
      difference.expunged.push_back(was.sequence());
      was.next();
    }
  }
  std::reverse(difference.expunged.begin(), difference.expunged.end());
  difference.added = size_ - now.sequence();
  return difference;
}

void Snapshot::assign(std::vector<std::shared_ptr<const Chunk>> chunks) {
  chunks_ = std::move(chunks);
  first_.clear();
  size_ = 0;
  for (const auto& chunk : chunks_) {
    first_.push_back(size_);
    size_ += chunk->size();
  }
}

} // namespace homespool::spool
