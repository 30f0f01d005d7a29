#include "fetcher/poll/poll.hpp"

#include "fetcher/limits.hpp"
#include "fetcher/poll/remove.hpp"
#include "fetcher/poll/retrieve.hpp"
#include "fetcher/pop3/header_identity.hpp"
#include "net/peer_text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <spdlog/spdlog.h>

namespace homespool::fetcher {
namespace {

using net::Awaitable;
using spool::LedgerEntry;
using spool::LedgerState;
using AccountPtr = std::shared_ptr<const config::Account>;

std::chrono::sys_seconds now_of(net::Clock& clock) {
  return std::chrono::floor<std::chrono::seconds>(clock.wall());
}

// What a listing is sure of. Messages in doubt become sure as they are compared, in the order of retrieval.
struct ListedSet {
  std::shared_ptr<const Listing> listing;
  std::unordered_map<std::string_view, std::uint32_t> ids;                    // how often each is listed
  std::map<std::pair<std::string_view, std::uint32_t>, std::size_t> in_doubt; // until this place in the order
};

bool surely_listed(const ListedSet& set, std::string_view uidl, std::uint32_t occurrence,
                   std::size_t in_order) {
  const auto listed = set.ids.find(uidl);
  if (listed == set.ids.end() || occurrence >= listed->second) return false;
  const auto doubt = set.in_doubt.find({uidl, occurrence});
  return doubt == set.in_doubt.end() || doubt->second < in_order;
}

ListedIds listed_ids(std::shared_ptr<const Listing> listing, const Plan& plan) {
  auto set = std::make_shared<ListedSet>();
  set->ids.reserve(listing->size());
  for (std::size_t i = 0; i < listing->size(); ++i) ++set->ids[listing->id(i)];
  for (std::size_t i = 0; i < plan.retrieve.size(); ++i) {
    const std::size_t place = plan.retrieve[i];
    if (plan.doubtful.contains(place)) set->in_doubt[{listing->id(place), (*listing)[place].occurrence}] = i;
  }
  set->listing = std::move(listing);
  return [set](std::size_t in_order) {
    return std::make_shared<const spool::StillListed>(
        [set, in_order](std::string_view uidl, std::uint32_t occurrence) {
          return surely_listed(*set, uidl, occurrence, in_order);
        });
  };
}

// No id that a provider gave, but what was made of a header, or nothing.
bool own_name(std::string_view id) {
  return id.empty() || id.starts_with(kHeaderIdentity);
}

// One poll: what its steps share.
class Poll {
 public:
  Poll(AccountPtr account, bool first, PollTools tools)
      : account_(std::move(account)), first_(first), tools_(tools) {}

  Awaitable<PollOutcome> run();

 private:
  Awaitable<Outcome> one_connection();
  Awaitable<Outcome> conversation(Session& session);
  Awaitable<Outcome> find_folder();
  Awaitable<Outcome> list(Session& session);
  Awaitable<Outcome> list_and_plan(Session& session);
  bool sets_old_mail_aside() const;
  bool ids_expected(const Capabilities& capabilities) const;
  Outcome doubt_first_listing();
  void make_plan_of_listing();
  Awaitable<Outcome> retrieve(Session& session);
  Awaitable<Outcome> note_failures(const Retriever& retriever);
  LedgerEntry entry_of(std::size_t place) const;
  std::vector<Removal> removals() const;
  std::unordered_map<std::int64_t, const LedgerEntry*> oldest_by_record() const;
  void count_arrivals();

  AccountPtr account_;
  bool first_;
  PollTools tools_;
  PollOutcome outcome_;
  std::shared_ptr<Listing> listing_;
  std::optional<LedgerIndex> ledger_;
  Plan plan_;
  spool::MailboxId folder_;
  std::shared_ptr<Committer> committer_;            // null when there was nothing to retrieve
  bool collected_in_vain_ = false;                  // the server gave something that is not stored
  std::size_t connections_ = 0;                     // that ended
  bool broken_by_known_ = false;                    // the last message that failed had failed before
  bool changed_before_ = tools_.memory.mass_change; // most ids changed in the poll before this one too
  bool go_on_ = false;                              // the line broke inside a message, and there are others
  std::set<std::pair<std::string, std::uint32_t>> tried_; // in vain, by id and occurrence
};

// A line that breaks inside a message must not keep the rest waiting: a new one goes on behind it. The poll
// has failed all the same, unless the message is only too large.
Awaitable<PollOutcome> Poll::run() {
  Outcome broken_line;
  do {
    go_on_ = false;
    collected_in_vain_ = false;
    committer_.reset();
    listing_ = std::make_shared<Listing>();
    outcome_.failure = co_await one_connection();
    if (go_on_ && !broken_line && outcome_.failure->kind != FailureClass::message)
      broken_line = outcome_.failure;
  } while (go_on_ && ++connections_ < limits::kConnectionsOfAPoll && !tools_.break_off.wanted());
  if (!outcome_.failure) outcome_.failure = broken_line;
  co_return std::move(outcome_);
}

Awaitable<Outcome> Poll::one_connection() {
  if (tools_.spool.status().low_space) co_return spool_failure(Step::retrieve, spool::Error::no_space);
  const Outcome no_folder = co_await find_folder();
  if (no_folder) co_return no_folder;
  const SessionTools session_tools{tools_.secrets,   tools_.clock, tools_.memory.server,
                                   tools_.break_off, tools_.gate,  &tools_.commands};
  auto session = co_await open_session(*account_, session_tools);
  if (!session) co_return session.error();
  if (tools_.memory.server.swallows) session->capabilities.pipelining = false;
  Outcome failure = co_await conversation(*session);
  tools_.break_off.watch(nullptr);
  co_return failure;
}

Awaitable<Outcome> Poll::conversation(Session& session) {
  Outcome failure = co_await list_and_plan(session);
  if (!failure) failure = co_await retrieve(session);
  count_arrivals();
  if (failure || collected_in_vain_)
    co_return failure; // without QUIT: nothing is deleted, nothing counts as collected
  const bool pipelining = session.capabilities.pipelining;
  const RemoveTools tools{*session.connection, pipelining, tools_.spool, tools_.pool};
  RemoveResult removed = co_await remove_and_quit(tools, account_->name, removals());
  outcome_.deleted = removed.deleted;
  co_return std::move(removed.failure);
}

Awaitable<Outcome> Poll::find_folder() {
  auto found = tools_.spool.find_mailbox(account_->user, account_->folder);
  if (!found) {
    const auto error = co_await tools_.spool.ensure_user(account_->user);
    if (error) co_return spool_failure(Step::retrieve, error);
    found = tools_.spool.find_mailbox(account_->user, account_->folder);
  }
  if (found) {
    folder_ = found->id;
    co_return std::nullopt;
  }
  const auto made = co_await tools_.spool.create_mailbox(account_->user, account_->folder);
  if (!made) co_return spool_failure(Step::retrieve, made.error());
  folder_ = *made;
  co_return std::nullopt;
}

// Old mail is left alone by what the first listing names: `first_fetch: new`.
bool Poll::sets_old_mail_aside() const {
  return account_->first_fetch == config::FirstFetch::only_new && first_ && ledger_->entries().empty();
}

// Under which circumstances a refusal of UIDL is a failure, not a server without it: what is known by its ids
// would be fetched as new. One that goes on refusing has no UIDL any more; what it gives is told by content,
// but for what was left alone and has no content here.
bool Poll::ids_expected(const Capabilities& capabilities) const {
  const bool patient = tools_.memory.ids_refused < limits::kUidlRefusals;
  if (sets_old_mail_aside()) return capabilities.uidl && patient;
  const auto& entries = ledger_->entries();
  const auto given = [](const LedgerEntry& entry) {
    return !own_name(entry.uidl) && entry.state != LedgerState::gone;
  };
  const auto left_alone = [&](const LedgerEntry& entry) {
    return given(entry) && entry.state == LedgerState::skipped;
  };
  if (std::any_of(entries.begin(), entries.end(), left_alone)) return true;
  return patient && std::any_of(entries.begin(), entries.end(), given);
}

// What a partial listing leaves out would be fetched later, and maybe deleted upstream.
Outcome Poll::doubt_first_listing() {
  if (!sets_old_mail_aside() || listing_->whole()) return std::nullopt;
  const bool at_last = ++tools_.memory.partial_listings >= limits::kPartialListings && !listing_->empty();
  if (at_last) return std::nullopt;
  Failure partial;
  partial.step = Step::listing;
  partial.text = "the first listing is not whole: STAT tells of " +
                 std::to_string(listing_->stat_count.value_or(0)) + " messages, UIDL of " +
                 std::to_string(listing_->size());
  return partial;
}

Awaitable<Outcome> Poll::list(Session& session) {
  auto ledger = co_await tools_.spool.ledger(account_->name);
  if (!ledger) co_return spool_failure(Step::listing, ledger.error());
  ledger_.emplace(std::move(*ledger));
  const bool expected = ids_expected(session.capabilities);
  Outcome failure = co_await read_listing(*session.connection, session.capabilities, expected, *listing_);
  if (listing_->ids_refused) {
    ++tools_.memory.ids_refused;
  } else if (!failure) {
    tools_.memory.ids_refused = 0;
  }
  if (!failure) failure = co_await name_by_headers(*session.connection, session.capabilities, *listing_);
  if (!failure) failure = doubt_first_listing();
  co_return failure;
}

void Poll::make_plan_of_listing() {
  PollMemory& memory = tools_.memory;
  const EntryKeys none; // two listings within one poll count as one
  const PlanInput input{*listing_,
                        *ledger_,
                        connections_ == 0 ? memory.missing : none,
                        memory.uncompared,
                        account_->keep_upstream,
                        account_->largest,
                        sets_old_mail_aside(),
                        now_of(tools_.clock)};
  plan_ = make_plan(input);
  if (connections_ == 0) {
    memory.missing = std::move(plan_.missing);
    memory.mass_change = plan_.mass_change;
  }
  memory.uncompared = std::move(plan_.uncompared);
  outcome_.mass_change = outcome_.mass_change || plan_.mass_change;
  if (tried_.empty()) return;
  const auto tried = [this](std::size_t place) {
    return tried_.contains({std::string(listing_->id(place)), (*listing_)[place].occurrence});
  };
  std::erase_if(plan_.retrieve, tried);
}

Awaitable<Outcome> Poll::list_and_plan(Session& session) {
  const Outcome failure = co_await list(session);
  if (failure) co_return failure;
  make_plan_of_listing();
  tools_.waiting = plan_.retrieve.size();
  outcome_.malformed_listed = listing_->malformed();
  if (!plan_.updates.empty()) {
    const auto error = co_await tools_.spool.update_ledger(account_->name, std::move(plan_.updates));
    if (error) co_return spool_failure(Step::listing, error);
  }
  outcome_.listed = true;
  co_return std::nullopt;
}

Awaitable<Outcome> Poll::retrieve(Session& session) {
  if (plan_.retrieve.empty()) co_return std::nullopt;
  const auto executor = co_await boost::asio::this_coro::executor;
  const Committer::Tools committer_tools{tools_.spool, tools_.pool, tools_.group};
  committer_ = std::make_shared<Committer>(committer_tools, executor, account_->name, folder_,
                                           listed_ids(listing_, plan_));
  const Retriever::Tools tools{tools_.spool, tools_.clock, *committer_, tools_.break_off, tools_.waiting};
  RetrieveOrder order;
  order.places = std::move(plan_.retrieve);
  order.largest = account_->largest;
  order.pipelining = session.capabilities.pipelining;
  Retriever retriever(tools, *session.connection, *listing_, std::move(order));
  Outcome failure = co_await retriever.run();
  if (failure) session.connection->close();
  if (retriever.swallowed()) tools_.memory.server.swallows = true;
  if (!failure && retriever.all_refused()) {
    failure.emplace();
    failure->step = Step::retrieve;
    failure->text = retriever.failed().front().reason;
    co_return failure;
  }
  if (failure && failure->kind == FailureClass::local) co_return failure;
  const Outcome unnoted = co_await note_failures(retriever);
  if (unnoted) co_return unnoted;
  // Else it is the server that breaks at any message: it has had its chance.
  const bool came_on = connections_ == 0 || retriever.received() > 0 || broken_by_known_;
  const bool more = retriever.left() || !removals().empty();
  go_on_ = failure && came_on && more && !retriever.failed().empty();
  co_return failure;
}

LedgerEntry Poll::entry_of(std::size_t place) const {
  const Listed& listed = (*listing_)[place];
  const LedgerEntry* known = ledger_->find(listing_->id(place), listed.occurrence);
  if (known != nullptr) return *known;
  LedgerEntry entry;
  entry.uidl = listing_->id(place);
  entry.occurrence = listed.occurrence;
  entry.size = listed.size;
  entry.first_seen = now_of(tools_.clock);
  return entry;
}

Awaitable<Outcome> Poll::note_failures(const Retriever& retriever) {
  std::vector<LedgerEntry> entries;
  for (const FailedTry& failed : retriever.failed()) {
    collected_in_vain_ = collected_in_vain_ || failed.collected;
    tried_.emplace(listing_->id(failed.place), (*listing_)[failed.place].occurrence);
    LedgerEntry entry = after_failed_try(entry_of(failed.place), now_of(tools_.clock), failed.reason);
    if (failed.grown_to > 0 && !entry.record) {
      entry.state = LedgerState::too_large;
      entry.size = std::max(entry.size, failed.grown_to);
    }
    spdlog::warn("account {}: message {} could not be fetched (try {}): {}", account_->name,
                 net::peer_text(entry.uidl, limits::kLoggedId), entry.tries, failed.reason);
    broken_by_known_ = entry.tries > 1;
    if (entry.state != LedgerState::listed && tools_.waiting > 0) --tools_.waiting;
    entries.push_back(std::move(entry));
  }
  outcome_.failed_messages = entries.size();
  if (entries.empty()) co_return std::nullopt;
  const auto error = co_await tools_.spool.update_ledger(account_->name, std::move(entries));
  if (error) co_return spool_failure(Step::retrieve, error);
  co_return std::nullopt;
}

void Poll::count_arrivals() {
  if (!committer_) return;
  for (const Committer::Stored& stored : committer_->stored()) {
    ++(stored.duplicate ? outcome_.duplicates : outcome_.new_messages);
    tools_.memory.uncompared.erase(
        entry_key(listing_->id(stored.place), (*listing_)[stored.place].occurrence));
  }
}

// What was known of the records before this poll.
std::unordered_map<std::int64_t, const LedgerEntry*> Poll::oldest_by_record() const {
  std::unordered_map<std::int64_t, const LedgerEntry*> oldest;
  for (const LedgerEntry& entry : ledger_->entries()) {
    if (!entry.record) continue;
    const LedgerEntry*& known = oldest[entry.record->value];
    if (known == nullptr || entry.stored_at < known->stored_at) known = &entry;
  }
  return oldest;
}

// What the plan found due, and what is due of that which was just committed or compared. A mass change of ids
// is not acted upon; where they change at each poll it is the server's way, and what was compared is sure.
std::vector<Removal> Poll::removals() const {
  std::vector<Removal> all;
  if (outcome_.mass_change && !changed_before_) return all;
  const auto add = [&](std::size_t place, LedgerEntry entry, bool seen) {
    Removal removal;
    removal.number = (*listing_)[place].number;
    removal.seen = seen;
    removal.entry = std::move(entry);
    all.push_back(std::move(removal));
  };
  for (const std::size_t place : plan_.remove) add(place, entry_of(place), false);
  const config::KeepUpstream& keep = account_->keep_upstream;
  if (keep.kind == config::KeepUpstream::Kind::forever || !committer_) return all;
  const auto now = now_of(tools_.clock);
  const auto oldest = oldest_by_record();
  for (const Committer::Stored& stored : committer_->stored()) {
    if (outcome_.mass_change && !stored.duplicate) continue;
    LedgerEntry entry = entry_of(stored.place);
    entry.size = (*listing_)[stored.place].size;
    entry.record = stored.record;
    const auto known = stored.duplicate ? oldest.find(stored.record.value) : oldest.end();
    entry.stored_at = known != oldest.end() ? known->second->stored_at : now;
    entry.deleted_here = known != oldest.end() && known->second->deleted_here;
    entry.tries = 0;
    entry.reason.clear();
    if (is_due(entry, keep, now)) add(stored.place, std::move(entry), true);
  }
  return all;
}

} // namespace

Awaitable<PollOutcome> poll_account(AccountPtr account, bool first, PollTools tools) {
  Poll poll(std::move(account), first, tools);
  co_return co_await poll.run();
}

} // namespace homespool::fetcher
