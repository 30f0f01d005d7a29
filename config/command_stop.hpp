// Ends commands from another thread: those that run now, and those that would be run later.
//
// For: passwords from commands, while the daemon stops. Threads: any.
#pragma once

#include <atomic>

namespace homespool::config {

class CommandStop {
 public:
  CommandStop();
  ~CommandStop();
  CommandStop(const CommandStop&) = delete;
  CommandStop& operator=(const CommandStop&) = delete;

  void now();
  bool wanted() const { return wanted_; }
  // Readable once now() was called; -1 when there is none to be had, and only later commands are not run.
  int descriptor() const { return event_; }

 private:
  std::atomic<bool> wanted_{false};
  int event_;
};

} // namespace homespool::config
