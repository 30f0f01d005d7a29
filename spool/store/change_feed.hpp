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
  // Besides, told of every wake() at once, on its thread: must be quick. Empty: nobody.
  void set_follower(std::function<void()> follower);

 private:
  std::mutex mutex_;
  std::function<void()> follower_;
  std::unordered_map<MailboxId, std::vector<std::shared_ptr<Listener>>> listeners_;
};

} // namespace homespool::spool
