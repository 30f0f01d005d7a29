// When the search index's writer works, and when it leaves processor and disk to those who commit.
//
// While commits follow one another it waits; but it gets a small share of the time however long that lasts.
// Not for: who gets a processor that both want (the thread's priority). Threads: its owner's; the clock is
// handed in.
#pragma once

#include <chrono>
#include <optional>

namespace homespool::spool::search {

class GivingWay {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  static constexpr int kShare = 20; // of so many parts one is its own while commits flow
  static constexpr auto kLongest = std::chrono::seconds(10); // of waiting without a step

  // Commits closer together than `quiet` flow. Zero: never waits.
  explicit GivingWay(Duration quiet) : quiet_(quiet) {}

  void committed(Time now) { last_commit_ = now; }
  // How long to wait and ask again before going on; zero: go on.
  Duration wait(Time now);

 private:
  Duration quiet_;
  std::optional<Time> last_commit_;
  Time resumed_{};            // began to work
  std::optional<Time> until_; // waits no longer than
};

} // namespace homespool::spool::search
