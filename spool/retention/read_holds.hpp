// Who may still read what is deleted from a moment on: POP3 sessions serve until their end what was there
// when they began.
//
// Threads: any.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

namespace homespool::spool {

class ReadHolds {
 public:
  // While the value lives, what is deleted at `now` or later stays readable. It may outlive this object.
  std::shared_ptr<const void> hold(std::chrono::sys_seconds now);
  // Since when somebody holds; nothing when nobody does.
  std::optional<std::chrono::sys_seconds> since() const;

 private:
  struct Held {
    mutable std::mutex mutex;
    std::multiset<std::chrono::sys_seconds> since;
  };
  struct Hold;
  std::shared_ptr<Held> held_ = std::make_shared<Held>();
};

} // namespace homespool::spool
