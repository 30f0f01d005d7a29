// What one POP3 session sees: the messages of the user's INBOX that are shown to this client, as they were at
// login, and what the session did to them (RFC 1939: transaction state).
//
// Holds no lock and changes nothing until QUIT. Threads: the session's.
#pragma once

#include "server/authenticator.hpp"
#include "spool/spool.hpp"

#include <optional>
#include <vector>

namespace homespool::server::pop3 {

struct Item {
  spool::MessageId id;
  std::uint32_t size = 0;
  bool marked = false;    // DELE
  bool retrieved = false; // RETR to its end
};

// Messages of `inbox` that arrived before `date`. Asked for a slice at a time, with others running in
// between.
Awaitable<Result<std::vector<spool::MessageId>>>
arrived_before(spool::Reader& reader, spool::SnapshotPtr inbox, std::chrono::sys_seconds date);

// Which messages of `inbox` this client is shown; pure. `left_out`: what it has hidden, and what is too old
// for its newer_than.
std::vector<Item> choose(const spool::Snapshot& inbox, const config::ClientPop3& settings,
                         std::vector<spool::MessageId> left_out);

class Maildrop {
 public:
  explicit Maildrop(std::vector<Item> items);

  // Messages are numbered from 1; those marked are not there.
  Item* find(std::uint32_t number);
  std::size_t highest() const { return items_.size(); }
  const Item& at(std::uint32_t number) const { return items_[number - 1]; }
  std::size_t count() const { return count_; }
  std::uint64_t bytes() const { return bytes_; }
  void mark(Item& item);
  void unmark_all();
  const std::vector<Item>& items() const { return items_; }

 private:
  std::vector<Item> items_;
  std::size_t count_ = 0;
  std::uint64_t bytes_ = 0;
};

// What DELE does for this client now.
enum class DeleteRule { remove, hide, refuse };
DeleteRule delete_rule(const config::Client& client);

// What QUIT changes, by the rule that holds when it does. A client that is not in the settings any more
// changes nothing.
struct QuitPlan {
  spool::Pop3Update update;
  std::size_t refused = 0; // marks that may no longer be carried out
};
QuitPlan plan_quit(const Maildrop& maildrop, const config::User& user, const config::Client& client);

} // namespace homespool::server::pop3
