// The changes of spool.hpp, handed to the writer.
#include "spool/change/bring_back.hpp"
#include "spool/change/fetched.hpp"
#include "spool/change/folders.hpp"
#include "spool/change/ledger_rows.hpp"
#include "spool/change/messages.hpp"
#include "spool/incoming/incoming_state.hpp"
#include "spool/store/store.hpp"
#include "spool/transfer/take_in.hpp"

namespace homespool::spool {

using boost::system::error_code;

namespace {

constexpr std::size_t kLedgerAtOnce = 4096; // some milliseconds

error_code error_of(const Result<void>& result) {
  return result ? error_code{} : result.error();
}

} // namespace

// Each of these names its change before it awaits: g++ 12 destroys a capturing lambda inside co_await twice.

Awaitable<error_code> Store::ensure_user(std::string user) {
  auto change = [user](Books& books) { return change::ensure_user(books, user); };
  const Result<void> done = co_await writer_->submit<void>(std::move(change));
  co_return error_of(done);
}

Awaitable<Result<MailboxId>> Store::create_mailbox(std::string user, std::string name) {
  auto change = [user, name](Books& books) { return change::create_mailbox(books, user, name); };
  return writer_->submit<MailboxId>(std::move(change));
}

Awaitable<error_code> Store::delete_mailbox(MailboxId id, std::string login) {
  auto change = [id, login](Books& books) { return change::delete_mailbox(books, id, login); };
  const Result<void> done = co_await writer_->submit<void>(std::move(change));
  co_return error_of(done);
}

Awaitable<error_code> Store::rename_mailbox(MailboxId id, std::string new_name) {
  auto change = [id, new_name](Books& books) { return change::rename_mailbox(books, id, new_name); };
  const Result<void> done = co_await writer_->submit<void>(std::move(change));
  co_return error_of(done);
}

Awaitable<error_code> Store::subscribe(std::string user, std::string name, bool subscribed) {
  auto change = [user, name, subscribed](Books& books) {
    return change::subscribe(books, user, name, subscribed);
  };
  const Result<void> done = co_await writer_->submit<void>(std::move(change));
  co_return error_of(done);
}

Awaitable<error_code> Store::load(MailboxId id) {
  auto change = [id](Books& books) -> Result<void> {
    if (books.look(id) == nullptr) return Error::no_such_mailbox;
    return {};
  };
  const Result<void> done = co_await writer_->submit<void>(std::move(change));
  co_return error_of(done);
}

Awaitable<Result<SnapshotPtr>> Store::snapshot(MailboxId id) {
  SnapshotPtr snapshot = published_->snapshot(id);
  if (!snapshot) {
    if (const error_code error = co_await load(id)) co_return error;
    snapshot = published_->snapshot(id);
  }
  if (!snapshot || snapshot->removed) co_return make_error_code(Error::no_such_mailbox);
  co_return snapshot;
}

Awaitable<Result<MailboxCounts>> Store::counts(MailboxId id) {
  if (!published_->snapshot(id)) {
    if (const error_code error = co_await load(id)) co_return error;
  }
  const auto counts = published_->counts(id);
  if (!counts) co_return make_error_code(Error::no_such_mailbox);
  co_return *counts;
}

Awaitable<Result<std::vector<MessageId>>> Store::hidden(std::string login) {
  using Ids = std::vector<MessageId>;
  auto change = [login](Books& books) -> Result<Ids> { return change::hidden(books, login); };
  return writer_->submit<Ids>(std::move(change));
}

Awaitable<Result<UidMapping>> Store::append(MailboxId to, std::vector<AppendItem> items) {
  std::uint64_t weight = 0;
  for (const AppendItem& item : items) weight += item.message.size();
  auto change = [to, items = std::move(items)](Books& books) mutable {
    return change::append(books, to, items);
  };
  return writer_->submit<UidMapping>(std::move(change), weight);
}

Awaitable<Result<ImportOutcome>> Store::take_in(ImportBatch batch) {
  std::uint64_t weight = 0;
  for (const AppendItem& item : batch.items) weight += item.message.size();
  auto change = [batch = std::move(batch)](Books& books) mutable { return change::take_in(books, batch); };
  return writer_->submit<ImportOutcome>(std::move(change), weight);
}

Awaitable<Result<UidSet>> Store::store_flags(MailboxId id, UidSet uids, FlagChange change, FlagNames flags,
                                             std::optional<ModSeq> unchanged_since) {
  change::StoreFlags wanted{id, std::move(uids), change, std::move(flags), unchanged_since};
  auto run = [wanted = std::move(wanted)](Books& books) { return change::store_flags(books, wanted); };
  return writer_->submit<UidSet>(std::move(run));
}

Awaitable<Result<UidMapping>> Store::copy(MailboxId from, UidSet uids, MailboxId to) {
  auto change = [from, uids = std::move(uids), to](Books& books) {
    return change::copy(books, from, uids, to);
  };
  return writer_->submit<UidMapping>(std::move(change));
}

Awaitable<Result<UidMapping>> Store::move(MailboxId from, UidSet uids, MailboxId to) {
  auto change = [from, uids = std::move(uids), to](Books& books) {
    return change::move(books, from, uids, to);
  };
  return writer_->submit<UidMapping>(std::move(change));
}

Awaitable<Result<UidSet>> Store::expunge(MailboxId id, std::optional<UidSet> uids, std::string login,
                                         Marked marked) {
  auto change = [id, uids = std::move(uids), login, marked](Books& books) {
    return change::expunge(books, id, uids, login, marked);
  };
  return writer_->submit<UidSet>(std::move(change));
}

Awaitable<error_code> Store::pop3_quit(Pop3Update update) {
  auto change = [update](Books& books) { return change::pop3_quit(books, update); };
  const Result<void> done = co_await writer_->submit<void>(std::move(change));
  co_return error_of(done);
}

Awaitable<Result<std::vector<BroughtBack>>> Store::undelete(std::string user, std::vector<MessageId> ids) {
  using Back = std::vector<BroughtBack>;
  auto change = [user, ids = std::move(ids)](Books& books) { return change::undelete(books, user, ids); };
  return writer_->submit<Back>(std::move(change));
}

Awaitable<Result<std::vector<MessageId>>> Store::unhide(std::string login, std::vector<MessageId> ids) {
  using Back = std::vector<MessageId>;
  auto change = [login, ids = std::move(ids)](Books& books) { return change::unhide(books, login, ids); };
  return writer_->submit<Back>(std::move(change));
}

Awaitable<Result<std::vector<FetchedOutcome>>>
Store::store_fetched(std::string account, MailboxId to, std::vector<Fetched> messages,
                     std::shared_ptr<const StillListed> listed) {
  std::uint64_t weight = 0;
  for (const Fetched& fetched : messages) weight += fetched.message.size();
  auto change = [account, to, messages = std::move(messages), listed](Books& books) mutable {
    return change::store_fetched(books, account, to, messages, *listed);
  };
  return writer_->submit<std::vector<FetchedOutcome>>(std::move(change), weight);
}

Awaitable<Result<std::vector<LedgerEntry>>> Store::ledger(std::string account) {
  using Entries = std::vector<LedgerEntry>;
  auto entries = std::make_shared<Entries>();
  for (std::size_t before = 0;; before = entries->size()) {
    // In pieces, so that nobody's commit waits for a long ledger.
    auto change = [account, entries, before](Books& books) -> Result<void> {
      entries->resize(before); // it may run twice, and see less then
      const LedgerEntry* after = entries->empty() ? nullptr : &entries->back();
      auto some = change::read_ledger(books, account, after, kLedgerAtOnce);
      entries->insert(entries->end(), std::make_move_iterator(some.begin()),
                      std::make_move_iterator(some.end()));
      return {};
    };
    const Result<void> done = co_await writer_->submit<void>(std::move(change));
    if (!done) co_return done.error();
    if (entries->size() - before < kLedgerAtOnce) co_return std::move(*entries);
  }
}

Awaitable<error_code> Store::update_ledger(std::string account, std::vector<LedgerEntry> entries) {
  auto change = [account, entries = std::move(entries)](Books& books) {
    return change::update_ledger(books, account, entries);
  };
  const Result<void> done = co_await writer_->submit<void>(std::move(change));
  co_return error_of(done);
}

Awaitable<Result<AccountHealth>> Store::account_health(std::string account) {
  auto change = [account](Books& books) -> Result<AccountHealth> {
    return change::read_health(books, account);
  };
  return writer_->submit<AccountHealth>(std::move(change));
}

Awaitable<error_code> Store::save_account_health(std::string account, AccountHealth health) {
  auto change = [account, health](Books& books) { return change::save_health(books, account, health); };
  const Result<void> done = co_await writer_->submit<void>(std::move(change));
  co_return error_of(done);
}

} // namespace homespool::spool
