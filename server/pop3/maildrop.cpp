#include "server/pop3/maildrop.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace homespool::server::pop3 {

Awaitable<Result<std::vector<spool::MessageId>>>
arrived_before(spool::Reader& reader, spool::SnapshotPtr inbox, std::chrono::sys_seconds date) {
  const auto executor = co_await boost::asio::this_coro::executor;
  std::vector<spool::MessageId> all;
  for (const auto& chunk : inbox->chunks()) {
    const auto slice = reader.arrived_before(inbox->mailbox, chunk->front().uid, chunk->back().uid, date);
    if (!slice) {
      co_return slice.error();
    }
    all.insert(all.end(), slice->begin(), slice->end());
    co_await boost::asio::post(executor, boost::asio::use_awaitable);
  }
  co_return all;
}

std::vector<Item> choose(const spool::Snapshot& inbox, const config::ClientPop3& settings,
                         std::vector<spool::MessageId> left_out) {
  std::sort(left_out.begin(), left_out.end());
  std::vector<Item> items;
  items.reserve(inbox.size());
  inbox.for_each(0, inbox.size(), [&](std::size_t, const spool::Message& message) {
    const bool read = settings.show == config::Show::unread && message.flags.has(spool::Flags::kSeen);
    const bool large = settings.largest && message.size > *settings.largest;
    if (!read && !large && !std::binary_search(left_out.begin(), left_out.end(), message.id)) {
      items.push_back(Item{message.id, message.size});
    }
    return true;
  });
  return items;
}

Maildrop::Maildrop(std::vector<Item> items) : items_(std::move(items)) {
  unmark_all();
}

Item* Maildrop::find(std::uint32_t number) {
  if (number == 0 || number > items_.size() || items_[number - 1].marked) {
    return nullptr;
  }
  return &items_[number - 1];
}

void Maildrop::mark(Item& item) {
  item.marked = true;
  --count_;
  bytes_ -= item.size;
}

void Maildrop::unmark_all() {
  count_ = items_.size();
  bytes_ = 0;
  for (Item& item : items_) {
    item.marked = false;
    bytes_ += item.size;
  }
}

DeleteRule delete_rule(const config::Client& client) {
  if (client.may_delete) {
    return DeleteRule::remove;
  }
  return client.pop3.on_delete == config::OnDelete::hide ? DeleteRule::hide : DeleteRule::refuse;
}

QuitPlan plan_quit(const Maildrop& maildrop, const config::User& user, const config::Client& client) {
  QuitPlan plan;
  plan.update.user = user.name;
  plan.update.login = client.login;
  const DeleteRule rule = delete_rule(client);
  for (const Item& item : maildrop.items()) {
    if (item.retrieved && client.pop3.marks_read) {
      plan.update.seen.push_back(item.id);
    }
    if (!item.marked) {
      continue;
    }
    switch (rule) {
    case DeleteRule::remove:
      plan.update.deleted.push_back(item.id);
      break;
    case DeleteRule::hide:
      plan.update.hidden.push_back(item.id);
      break;
    case DeleteRule::refuse:
      ++plan.refused;
      break;
    }
  }
  return plan;
}

} // namespace homespool::server::pop3
