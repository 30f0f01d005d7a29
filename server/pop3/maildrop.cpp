#include "server/pop3/maildrop.hpp"

#include <algorithm>

namespace homespool::server::pop3 {

std::vector<Item>
choose(const spool::Snapshot& inbox, const config::ClientPop3& settings, std::vector<spool::MessageId> hidden,
       std::chrono::sys_seconds now,
       const std::function<std::optional<std::chrono::sys_seconds>(spool::MessageId)>& arrived) {
  std::sort(hidden.begin(), hidden.end());
  std::vector<Item> items;
  items.reserve(inbox.size());
  inbox.for_each(0, inbox.size(), [&](std::size_t, const spool::Message& message) {
    if (settings.show == config::Show::unread && message.flags.has(spool::Flags::kSeen)) {
      return true;
    }
    if (settings.largest && message.size > *settings.largest) {
      return true;
    }
    if (std::binary_search(hidden.begin(), hidden.end(), message.id)) {
      return true;
    }
    if (settings.newer_than) {
      const auto date = arrived(message.id);
      if (date && *date < now - *settings.newer_than) {
        return true;
      }
    }
    items.push_back(Item{message.id, message.size});
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
