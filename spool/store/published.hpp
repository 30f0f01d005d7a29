// What every thread may ask about the spool without waiting: snapshots, folders, counts, clients. All of it
// committed; the writer puts it here after each commit.
//
// Not for: messages and their bytes (message_reader.hpp). Threads: any; one mutex, held for moments.
#pragma once

#include "spool/spool.hpp"

#include <map>
#include <mutex>
#include <set>
#include <unordered_map>

namespace homespool::spool {

using LedgerCounts = Spool::LedgerCounts;

// All folders and subscriptions, as one value.
struct Folders {
  std::map<std::string, std::vector<Mailbox>, std::less<>> of_user; // INBOX first, then by name
  std::map<std::string, std::vector<std::string>, std::less<>> subscriptions;
};

struct Totals {
  std::uint64_t messages = 0, bytes = 0, damaged = 0;
};

class Published {
 public:
  SnapshotPtr snapshot(MailboxId id) const;
  std::optional<MailboxCounts> counts(MailboxId id) const;
  // `recent`: where recent messages begin if the mailbox was not here before.
  void put(SnapshotPtr snapshot, MailboxCounts counts, Uid recent);
  Uid first_recent(const Snapshot& snapshot, bool claim);

  std::shared_ptr<const Folders> folders() const;
  void put(std::shared_ptr<const Folders> folders);

  LedgerCounts ledger_counts(const std::string& account) const;
  void put(std::map<std::string, LedgerCounts> accounts);
  Totals totals() const;
  void put(Totals totals);

  // Clients are noted here first and written by the writer later.
  void put(std::vector<ClientSeen> clients);
  std::vector<ClientSeen> clients() const;
  void note_client(const std::string& login, const std::string& protocol, std::chrono::sys_seconds now);
  void count_delete(const std::string& login, bool refused, std::uint64_t count);
  bool clients_changed() const;
  // Those that changed since they were last taken.
  std::vector<ClientSeen> take_changed_clients();
  void put_back(const std::vector<ClientSeen>& taken);

 private:
  struct Entry {
    SnapshotPtr snapshot;
    MailboxCounts counts;
    Uid recent; // the first UID nobody was told of as recent
  };
  mutable std::mutex mutex_;
  std::unordered_map<MailboxId, Entry> mailboxes_;
  std::shared_ptr<const Folders> folders_ = std::make_shared<const Folders>();
  std::map<std::string, LedgerCounts> accounts_;
  Totals totals_;
  std::map<std::string, ClientSeen> clients_;
  std::set<std::string> changed_clients_;
};

} // namespace homespool::spool
