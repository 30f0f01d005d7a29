#include "spool/retention/read_holds.hpp"

namespace homespool::spool {

struct ReadHolds::Hold {
  Hold(std::shared_ptr<Held> in, std::chrono::sys_seconds now) : held(std::move(in)) {
    const std::lock_guard lock(held->mutex);
    at = held->since.insert(now);
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() {
    const std::lock_guard lock(held->mutex);
    held->since.erase(at);
  }
  std::shared_ptr<Held> held;
  std::multiset<std::chrono::sys_seconds>::iterator at;
};

std::shared_ptr<const void> ReadHolds::hold(std::chrono::sys_seconds now) {
  return std::make_shared<const Hold>(held_, now);
}

std::optional<std::chrono::sys_seconds> ReadHolds::since() const {
  const std::lock_guard lock(held_->mutex);
  if (held_->since.empty()) return std::nullopt;
  return *held_->since.begin();
}

} // namespace homespool::spool
