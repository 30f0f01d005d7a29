// The change feed: told when a mailbox has a new snapshot.
//
// Threads: made and destroyed on the thread of `executor`; `on_change` runs there, once for any number of
// commits that came since it last ran, and never after the Watch is gone.
#pragma once

#include "spool/ids.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>

namespace homespool::spool {

class Spool;

class Watch {
 public:
  Watch() = default;
  Watch(Spool& spool, MailboxId mailbox, boost::asio::any_io_executor executor,
        std::function<void()> on_change);
  Watch(Watch&&) noexcept;
  Watch& operator=(Watch&&) noexcept;
  ~Watch();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

} // namespace homespool::spool
