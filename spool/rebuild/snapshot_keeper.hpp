// Makes index.snapshot now and then while a spool is in use.
//
// Threads: one of its own, which mostly sleeps.
#pragma once

#include "spool/rebuild/snapshot.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace homespool::spool {

class SnapshotKeeper {
 public:
  // `commits`: how many there were so far; from any thread. `first` is done before anything else, on its
  // thread.
  SnapshotKeeper(std::filesystem::path spool, std::function<std::chrono::system_clock::time_point()> now,
                 std::function<std::uint64_t()> commits, std::function<void()> first = {});
  // Breaks off a copy that is being made.
  ~SnapshotKeeper();
  SnapshotKeeper(const SnapshotKeeper&) = delete;
  SnapshotKeeper& operator=(const SnapshotKeeper&) = delete;

 private:
  void run();
  void look();

  std::filesystem::path spool_;
  std::function<std::chrono::system_clock::time_point()> now_;
  std::function<std::uint64_t()> commits_;
  std::function<void()> first_;
  std::uint64_t in_snapshot_ = 0, seen_ = 0; // commits
  std::chrono::seconds quiet_for_{};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace homespool::spool
