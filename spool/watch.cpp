#include "spool/watch.hpp"

#include "spool/spool.hpp"
#include "spool/store/change_feed.hpp"

namespace homespool::spool {

struct Watch::State {
  std::shared_ptr<ChangeFeed> feed;
  std::shared_ptr<ChangeFeed::Listener> listener;

  ~State() {
    listener->gone = true;
    feed->remove(*listener);
  }
};

Watch::Watch(Spool& spool, MailboxId mailbox, boost::asio::any_io_executor executor,
             std::function<void()> on_change)
    : state_(std::make_shared<State>()) {
  state_->feed = spool.change_feed();
  state_->listener = std::make_shared<ChangeFeed::Listener>();
  state_->listener->mailbox = mailbox;
  state_->listener->executor = std::move(executor);
  state_->listener->on_change = std::move(on_change);
  state_->feed->add(state_->listener);
}

Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&&) noexcept = default;
Watch::~Watch() = default;

} // namespace homespool::spool
