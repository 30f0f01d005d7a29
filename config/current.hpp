// A shared value that is replaced as a whole: what a reload changes while sessions read it.
//
// A mutex, because std::atomic<std::shared_ptr> of libstdc++ 12 unlocks its readers with too weak an order.
// Threads: any.
#pragma once

#include <memory>
#include <mutex>

namespace homespool::config {

template <class T>
class Current {
 public:
  explicit Current(std::shared_ptr<T> value) : value_(std::move(value)) {}
  std::shared_ptr<T> get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  void set(std::shared_ptr<T> value) {
    const std::lock_guard lock(mutex_);
    value_.swap(value);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<T> value_;
};

} // namespace homespool::config
