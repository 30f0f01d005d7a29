// Tells a slow peer from one that only pretends to send: a floor under the rate of a long answer.
//
// Threads: values; time is the caller's.
#pragma once

#include "fetcher/limits.hpp"

#include <algorithm>
#include <chrono>

namespace homespool::fetcher {

class DripWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit DripWatch(Time now) : window_start_(now) {}

  // How long the next byte may take; zero when the last window brought too little.
  std::chrono::steady_clock::duration patience(Time now) {
    if (now - window_start_ >= limits::kDripWindow) {
      if (bytes_ < limits::kDripBytes) return {};
      window_start_ = now - (now - window_start_) % limits::kDripWindow; // what is late counts as waited
      bytes_ = 0;
    }
    const std::chrono::steady_clock::duration most = limits::kStandstill;
    if (bytes_ >= limits::kDripBytes) return most;
    return std::min(most, window_start_ + limits::kDripWindow - now);
  }
  void add(std::size_t bytes) { bytes_ += bytes; }

 private:
  Time window_start_;
  std::uint64_t bytes_ = 0;
};

} // namespace homespool::fetcher
