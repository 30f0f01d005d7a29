// Who wants to be told when a mailbox changes: the far side of spool/watch.hpp.
//
// Threads: any; wake() is called by the writer after the new snapshots are published.
#pragma once

#include "spool/ids.hpp"

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace homespool::spool {

class ChangeFeed {
 public:
  struct Listener {
    MailboxId mailbox;
    boost::asio::any_io_executor executor;
    std::function<void()> on_change; // touched on the executor's thread only
    bool gone = false;               // likewise
    std::atomic<bool> pending = false;
    std::size_t place = 0; // in the list of its mailbox; under the feed's mutex
  };
  void add(const std::shared_ptr<Listener>& listener);
  void remove(const Listener& listener);
  // Each listener runs once for any number of calls that come before it ran.
  void wake(MailboxId mailbox);
  // These records are gone for good.
  void given_up(std::vector<RecordId> records);
  // Besides, told of every call of the two above at once, on its thread: must be quick. Empty: nobody.
  struct Follower {
    std::function<void()> woken;
    std::function<void(std::vector<RecordId>)> given_up;
  };
  void set_follower(Follower follower);

 private:
  std::mutex mutex_;
  Follower follower_;
  std::unordered_map<MailboxId, std::vector<std::shared_ptr<Listener>>> listeners_;
};

} // namespace homespool::spool
