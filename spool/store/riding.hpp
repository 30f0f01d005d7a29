// Small batches need one sync, not two: what they write to a pack rides in the index's own transaction until
// a later sync of the pack has it too.
//
// The order stays: what is acknowledged is on stable storage, and packs that are synced come before the
// commit that relies on them alone. After a crash the start writes what rides into its pack again, at the
// place it had, before anything reads or cuts the packs. Threads: the writer's.
#pragma once

#include "spool/index/sqlite.hpp"
#include "spool/pack/pack.hpp"

#include <optional>

namespace homespool::spool {

class Riding {
 public:
  static constexpr std::size_t kMaxBatch = 32 << 10;   // beyond it a second sync costs less
  static constexpr std::size_t kMaxTogether = 1 << 20; // then the pack is synced after all

  // Puts what the packs gathered for this batch into the open transaction. False when it is too much, or not
  // all of it is still at hand: sync the packs.
  bool get_on(index::Database& database, const std::optional<PackWriter::Gathered>& gathered);
  // In the open transaction: the packs are synced, nothing needs to ride any more.
  void get_off(index::Database& database);
  // What rode when the spool was closed last and could not get off at the start (a full disk): the next sync
  // does it.
  void take_over(index::Database& database);
  // What became of the transaction.
  void committed() { committed_ = riding_; }
  void undone() { riding_ = committed_; }

  bool empty() const { return committed_ == 0; }

 private:
  std::size_t riding_ = 0, committed_ = 0; // bytes
};

// At start, before the packs are opened. When it returns without an error all that rides is in its pack, and
// nothing rides any more if there was room to note that; a finding tells of what could not be written again.
boost::system::error_code redo_riding(index::Database& database, const std::filesystem::path& packs,
                                      const PackWriter::Finding& finding);

} // namespace homespool::spool
