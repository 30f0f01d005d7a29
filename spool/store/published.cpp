#include "spool/store/published.hpp"

#include <algorithm>

namespace homespool::spool {

SnapshotPtr Published::snapshot(MailboxId id) const {
  const std::lock_guard lock(mutex_);
  const auto found = mailboxes_.find(id);
  return found == mailboxes_.end() ? nullptr : found->second.snapshot;
}

std::optional<MailboxCounts> Published::counts(MailboxId id) const {
  const std::lock_guard lock(mutex_);
  const auto found = mailboxes_.find(id);
  if (found == mailboxes_.end() || found->second.snapshot->removed) return std::nullopt;
  MailboxCounts counts = found->second.counts;
  const Snapshot& snapshot = *found->second.snapshot;
  counts.recent = static_cast<std::uint32_t>(snapshot.size() - snapshot.lower_bound(found->second.recent));
  return counts;
}

void Published::put(SnapshotPtr snapshot, MailboxCounts counts, Uid recent) {
  SnapshotPtr old; // freed without the mutex
  const std::lock_guard lock(mutex_);
  Entry& entry = mailboxes_[snapshot->mailbox];
  if (!entry.snapshot) entry.recent = recent;
  old = std::exchange(entry.snapshot, std::move(snapshot));
  entry.counts = counts;
}

Uid Published::first_recent(const Snapshot& snapshot, bool claim) {
  const std::lock_guard lock(mutex_);
  const auto found = mailboxes_.find(snapshot.mailbox);
  if (found == mailboxes_.end()) return snapshot.uidnext;
  const Uid recent = found->second.recent;
  if (claim) found->second.recent = std::max(recent, snapshot.uidnext);
  return recent;
}

std::shared_ptr<const Folders> Published::folders() const {
  const std::lock_guard lock(mutex_);
  return folders_;
}

void Published::put(std::shared_ptr<const Folders> folders) {
  const std::lock_guard lock(mutex_);
  folders_ = std::move(folders);
}

LedgerCounts Published::ledger_counts(const std::string& account) const {
  const std::lock_guard lock(mutex_);
  const auto found = accounts_.find(account);
  return found == accounts_.end() ? LedgerCounts{} : found->second;
}

void Published::put(std::map<std::string, LedgerCounts> accounts) {
  const std::lock_guard lock(mutex_);
  accounts_ = std::move(accounts);
}

Totals Published::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

void Published::put(Totals totals) {
  const std::lock_guard lock(mutex_);
  totals_ = totals;
}

void Published::put(std::vector<ClientSeen> clients) {
  const std::lock_guard lock(mutex_);
  for (ClientSeen& client : clients) clients_[client.login] = std::move(client);
}

std::vector<ClientSeen> Published::clients() const {
  const std::lock_guard lock(mutex_);
  std::vector<ClientSeen> list;
  for (const auto& [login, client] : clients_) list.push_back(client);
  return list;
}

void Published::note_client(const std::string& login, const std::string& protocol,
                            std::chrono::sys_seconds now) {
  const std::lock_guard lock(mutex_);
  ClientSeen& client = clients_[login];
  client.login = login;
  client.protocol = protocol;
  client.last_seen = now;
  changed_clients_.insert(login);
}

void Published::count_delete(const std::string& login, bool refused, std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  ClientSeen& client = clients_[login];
  client.login = login;
  (refused ? client.refused_deletes : client.hidden_deletes) += count;
  changed_clients_.insert(login);
}

bool Published::clients_changed() const {
  const std::lock_guard lock(mutex_);
  return !changed_clients_.empty();
}

std::vector<ClientSeen> Published::take_changed_clients() {
  const std::lock_guard lock(mutex_);
  std::vector<ClientSeen> taken;
  for (const std::string& login : changed_clients_) taken.push_back(clients_[login]);
  changed_clients_.clear();
  return taken;
}

void Published::put_back(const std::vector<ClientSeen>& taken) {
  const std::lock_guard lock(mutex_);
  for (const ClientSeen& client : taken) changed_clients_.insert(client.login);
}

} // namespace homespool::spool
