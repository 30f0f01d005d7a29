// The store of all messages on this machine: packs hold the bytes, one SQLite index knows everything else.
//
// Every change goes to one writer thread, which gathers what all accounts and sessions want written while the
// previous sync runs and commits it in one go: pack bytes to disk, then one index transaction, then the
// snapshots, then the callers are answered. What a caller was told is done is on stable storage. An error is
// for that one change only; nothing of it was done. An fsync that fails is final: `on_fatal` is called with a
// sentence and every later change fails with Error::stopped.
//
// Threads: open and close from main. Everything else from any thread; awaitables resume on the caller's
// executor. Cancelling an await does not undo the change.
#pragma once

#include "config/settings.hpp"
#include "spool/error.hpp"
#include "spool/flags.hpp"
#include "spool/incoming/incoming.hpp"
#include "spool/ledger.hpp"
#include "spool/mailbox.hpp"
#include "spool/message_reader.hpp"
#include "spool/open_failure.hpp"
#include "spool/put_away.hpp"
#include "spool/snapshot.hpp"
#include "spool/uid_set.hpp"
#include "spool/watch.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>
#include <filesystem>
#include <functional>

namespace homespool::spool {

template <class T>
using Awaitable = boost::asio::awaitable<T>;
template <class T>
using Result = boost::system::result<T>;
using Now = std::function<std::chrono::system_clock::time_point()>;

struct OpenOptions {
  config::SpoolSettings settings;
  Now now;                                                   // wall clock
  std::function<void(std::string_view sentence)> on_fatal;   // on the writer thread
  std::function<void(std::string_view sentence)> on_finding; // something was mended
  // Now and then while the index has to be made again, which can take minutes; what it throws breaks that
  // off, and the opening: the next one begins anew.
  std::function<void()> on_rebuilding = [] {};
};

// A message that a provider gave us. The ledger entry (account, uidl, occurrence) becomes `stored` in the
// same transaction.
struct Fetched {
  Incoming message; // finished
  std::string uidl;
  std::uint32_t occurrence = 0;
  std::uint64_t listed_size = 0;
};
struct FetchedOutcome {
  RecordId record;
  bool duplicate = false; // its bytes were here already; no new message was made
};

struct AppendItem {
  Incoming message; // finished
  FlagNames flags;
  std::optional<std::chrono::sys_seconds> internal_date; // absent: now
};
// Mail out of files, for one folder.
struct ImportBatch {
  std::string user, folder; // the folder is made when it is missing
  std::vector<AppendItem> items;
  // Only messages older than this one can be there already: absent in the first batch of a source, then as
  // the first outcome says.
  std::optional<MessageId> before;
};
struct ImportOutcome {
  MessageId before;
  std::vector<bool> stored;            // by item; else it was there already
  std::uint32_t keywords_left_out = 0; // the folder has as many as it can hold
};
struct UidMapping {
  std::uint32_t uidvalidity = 0; // of the target
  UidSet from, to;               // in the same order
};

// Whose \Deleted an expunge acts upon.
enum class Marked { by_anybody, by_readers };

// What a POP3 session does at QUIT, as one change.
struct Pop3Update {
  std::string user;
  std::string login;
  std::vector<MessageId> seen, hidden, deleted;
};

struct ClientSeen {
  std::string login;
  std::string protocol; // "imap" or "pop3"
  std::chrono::sys_seconds last_seen{};
  std::uint64_t hidden_deletes = 0, refused_deletes = 0;
};

struct SpoolStatus {
  std::uint64_t messages = 0, bytes = 0, free_bytes = 0;
  std::uint64_t damaged = 0; // records that failed their checksum
  bool low_space = false;    // below minimum_free
  bool search_ready = false; // the search index has all that was committed
};

class ChangeFeed; // spool/store/change_feed.hpp
namespace search {
class SearchIndex; // spool/search/search_index.hpp
}

class Spool {
 public:
  // Takes the lock, opens or makes the index, cuts off pack tails that no index row names, makes the users'
  // folders. The error is one sentence for a person ("the spool DIR is in use by another homespool (pid
  // 123)", "… was written by a newer version …").
  static boost::system::result<std::unique_ptr<Spool>, OpenFailure> open(OpenOptions options);
  // Waits for what was handed in; later changes fail with Error::stopped.
  virtual ~Spool() = default;

  // One per network thread or pool thread that reads.
  virtual std::unique_ptr<Reader> make_reader() = 0;
  // Where messages on their way in are kept.
  virtual IncomingPlace incoming_place() const = 0;

  // --- folders
  // ---------------------------------------------------------------------------------------------------------
  // INBOX, Drafts, Sent, Trash, Junk, Archive, subscribed, with their special use; again does nothing.
  virtual Awaitable<boost::system::error_code> ensure_user(std::string user) = 0;
  virtual std::vector<Mailbox>
  mailboxes(const std::string& user) = 0; // sorted by name, INBOX first; from memory
  virtual std::optional<Mailbox> find_mailbox(const std::string& user, const std::string& name) = 0;
  virtual Awaitable<Result<MailboxId>> create_mailbox(std::string user,
                                                      std::string name) = 0; // parents too; mailbox_exists
  // Its messages count as deleted by `login`. not_allowed for INBOX.
  virtual Awaitable<boost::system::error_code> delete_mailbox(MailboxId id, std::string login) = 0;
  // Children move along. Renaming INBOX moves its messages into a new folder (RFC 3501 section 6.3.5).
  virtual Awaitable<boost::system::error_code> rename_mailbox(MailboxId id, std::string new_name) = 0;
  // Names may be subscribed that do not exist (RFC 3501 section 6.3.6).
  virtual Awaitable<boost::system::error_code> subscribe(std::string user, std::string name,
                                                         bool subscribed) = 0;
  virtual std::vector<std::string> subscriptions(const std::string& user) = 0;

  // --- reading
  // ---------------------------------------------------------------------------------------------------------
  // The newest committed state. Loads it at first use (100,000 messages: some 20 ms, on the writer thread).
  virtual Awaitable<Result<SnapshotPtr>> snapshot(MailboxId id) = 0;
  virtual SnapshotPtr loaded_snapshot(MailboxId id) = 0; // at once; null when it is not loaded
  virtual Awaitable<Result<MailboxCounts>> counts(MailboxId id) = 0;
  // The first UID that is recent for the caller; every later call for this mailbox begins after it (RFC 3501
  // section 2.3.2). `claim` false: only look.
  virtual Uid first_recent(const Snapshot& snapshot, bool claim) = 0;
  // "<spool id>.<message id>", the same for ever (RFC 1939 UIDL: 1 to 70 printable characters).
  virtual std::string uidl(MessageId id) const = 0;
  // Messages hidden from this login.
  virtual Awaitable<Result<std::vector<MessageId>>> hidden(std::string login) = 0;
  virtual SpoolStatus status() = 0;
  // While the value lives, what is deleted from now on can still be read, however short undelete_for is.
  virtual std::shared_ptr<const void> hold_deleted() = 0;

  // --- changes by sessions
  // ---------------------------------------------------------------------------------------------
  virtual Awaitable<Result<UidMapping>> append(MailboxId to,
                                               std::vector<AppendItem> items) = 0; // `to` of the mapping only
  // Stores what is not there already (spool/transfer/take_in.hpp).
  virtual Awaitable<Result<ImportOutcome>> take_in(ImportBatch batch) = 0;
  // Messages that are gone are passed over. `unchanged_since`: those changed later are left alone and
  // returned (RFC 7162).
  virtual Awaitable<Result<UidSet>> store_flags(MailboxId id, UidSet uids, FlagChange change, FlagNames flags,
                                                std::optional<ModSeq> unchanged_since) = 0;
  virtual Awaitable<Result<UidMapping>> copy(MailboxId from, UidSet uids, MailboxId to) = 0;
  virtual Awaitable<Result<UidMapping>> move(MailboxId from, UidSet uids, MailboxId to) = 0;
  // Removes what has \Deleted (of `uids`, or of all; `marked`: by whom). Kept for undelete_for under `login`.
  // Returns what was removed.
  virtual Awaitable<Result<UidSet>> expunge(MailboxId id, std::optional<UidSet> uids, std::string login,
                                            Marked marked = Marked::by_anybody) = 0;
  virtual Awaitable<boost::system::error_code> pop3_quit(Pop3Update update) = 0;

  // --- bringing back
  // ---------------------------------------------------------------------------------------------------
  // What the deleter of this user deleted and can be brought back; what this login hid. Both block: not on a
  // network thread.
  virtual Result<std::vector<PutAway>> deleted_messages(const PutAwayQuery& query) = 0;
  virtual Result<std::vector<PutAway>> hidden_messages(const PutAwayQuery& query) = 0;
  // To the folder it lay in, which is made again when it is missing: with its flags (but \Deleted) and its
  // UIDL, under a new UID. What cannot be brought back is passed over. Some hundred at a time.
  virtual Awaitable<Result<std::vector<BroughtBack>>> undelete(std::string user,
                                                               std::vector<MessageId> ids) = 0;
  // From the client's next POP3 session on. Returns those that were hidden.
  virtual Awaitable<Result<std::vector<MessageId>>> unhide(std::string login, std::vector<MessageId> ids) = 0;

  // --- accounts
  // --------------------------------------------------------------------------------------------------------
  // All in one commit. A message whose bytes this account gave us before, under an entry that is not
  // `listed` any more, is a duplicate, stored since then. With duplicates: collapse, so is one of the same
  // user through another account with the same bytes.
  virtual Awaitable<Result<std::vector<FetchedOutcome>>>
  store_fetched(std::string account, MailboxId to, std::vector<Fetched> messages,
                std::shared_ptr<const StillListed> listed) = 0;
  virtual Awaitable<Result<std::vector<LedgerEntry>>> ledger(std::string account) = 0;
  // Inserts or replaces by (uidl, occurrence).
  virtual Awaitable<boost::system::error_code> update_ledger(std::string account,
                                                             std::vector<LedgerEntry> entries) = 0;
  virtual Awaitable<Result<AccountHealth>> account_health(std::string account) = 0;
  virtual Awaitable<boost::system::error_code> save_account_health(std::string account,
                                                                   AccountHealth health) = 0;
  struct LedgerCounts {
    std::uint64_t stored = 0, waiting = 0, quarantined = 0, too_large = 0;
  };
  virtual LedgerCounts ledger_counts(const std::string& account) = 0; // from memory

  // --- clients
  // ---------------------------------------------------------------------------------------------------------
  // Not awaited: written with the next commit, at the latest within a minute.
  virtual void note_client(const std::string& login, const std::string& protocol) = 0;
  virtual void count_delete(const std::string& login, bool refused,
                            std::uint64_t count) = 0; // refused, else hidden
  virtual std::vector<ClientSeen> clients() = 0;

  // New retention settings after a reload. The directory cannot change.
  virtual void configure(const config::SpoolSettings& settings) = 0;

  // --- for Incoming and Watch
  // ------------------------------------------------------------------------------------------
  virtual const std::filesystem::path& directory() const = 0; // packs/ lies in it
  virtual std::shared_ptr<ChangeFeed> change_feed() = 0;

  // --- for SEARCH
  // ----------------------------------------------------------------------------------------------------------
  virtual std::shared_ptr<search::SearchIndex> search_index() = 0;
};

} // namespace homespool::spool
