// What the writer does when it has nothing better to do: expiry, and winning space back, a small step at a
// time.
//
// Threads: the writer's.
#pragma once

#include "spool/retention/dead_space.hpp"
#include "spool/retention/read_holds.hpp"

namespace homespool::spool {

class Upkeep {
 public:
  using Steady = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kLook{5};         // between two looks that found nothing
  static constexpr std::chrono::milliseconds kBreath{20}; // between two steps of work: changes go first
  static constexpr std::chrono::seconds kPatience{1};     // a step is done though there are changes
  static constexpr std::size_t kRowsATurn = 200;

  explicit Upkeep(std::shared_ptr<const ReadHolds> holds) : holds_(std::move(holds)) {}

  Steady::time_point due() const { return due_; }
  // One step, within a transaction. At most one in a batch does anything: what
  // a step removes from the disk must not be what the same transaction still needs.
  Result<Left> step(Books& books);
  // After the batch.
  void done(bool more) {
    due_ = Steady::now() + (more ? Steady::duration(kBreath) : Steady::duration(kLook));
  }

 private:
  std::shared_ptr<const ReadHolds> holds_;
  DeadSpace dead_space_;
  std::uint64_t last_batch_ = 0;
  std::optional<std::uint32_t> look_for_packs_above_ = 0;  // whether they are there; nothing: all were
  std::optional<RecordId> look_again_after_ = RecordId{0}; // at damaged records; nothing: all were looked at
  Steady::time_point due_ = Steady::now() + kBreath;
};

} // namespace homespool::spool
