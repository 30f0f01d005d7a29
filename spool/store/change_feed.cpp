#include "spool/store/change_feed.hpp"

#include <boost/asio/post.hpp>

namespace homespool::spool {

void ChangeFeed::add(const std::shared_ptr<Listener>& listener) {
  const std::lock_guard lock(mutex_);
  auto& list = listeners_[listener->mailbox];
  listener->place = list.size();
  list.push_back(listener);
}

void ChangeFeed::remove(const Listener& listener) {
  const std::lock_guard lock(mutex_);
  const auto found = listeners_.find(listener.mailbox);
  auto& list = found->second;
  const std::size_t place = listener.place;
  std::swap(list[place], list.back());
  list[place]->place = place;
  list.pop_back();
  if (list.empty()) listeners_.erase(found);
}

void ChangeFeed::wake(MailboxId mailbox) {
  // Posting under the mutex: a listener that was removed is never posted to afterwards, so its io_context may
  // go.
  const std::lock_guard lock(mutex_);
  if (follower_.woken) follower_.woken();
  const auto found = listeners_.find(mailbox);
  if (found == listeners_.end()) return;
  for (const auto& listener : found->second) {
    if (listener->pending.exchange(true)) continue;
    boost::asio::post(listener->executor, [listener] {
      listener->pending = false; // first: a commit from now on wakes it again
      if (!listener->gone) listener->on_change();
    });
  }
}

void ChangeFeed::given_up(std::vector<RecordId> records) {
  const std::lock_guard lock(mutex_);
  if (follower_.given_up) follower_.given_up(std::move(records));
}

void ChangeFeed::set_follower(Follower follower) {
  const std::lock_guard lock(mutex_);
  follower_ = std::move(follower);
}

} // namespace homespool::spool
