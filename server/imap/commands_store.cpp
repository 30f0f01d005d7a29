// STORE: changes flags, and tells the true ones. What a reader may not set stays as it is without an error.
// Threads: the session's.
#include "server/imap/session.hpp"

namespace homespool::server::imap {

namespace {

using spool::FlagChange;
using spool::Flags;

// What really happens to the flags of a set of messages, once the deleter rule has had its say.
struct Plan {
  spool::FlagNames flags;
  bool nothing = false;         // no flag is left to change
  bool counts = false;          // \Deleted was asked for and not given
  bool own_deleted = false;     // \Deleted goes on or off, but only on messages of this client's marking
  bool own_deleted_set = false; // which of the two
};

Plan plan_of(const Actor& who, FolderKind folder, const command::Store& store) {
  Plan plan;
  plan.flags = store.flags;
  const auto settable = settable_flags(who.role, folder);
  // Keywords lie above the system flags.
  const auto all = settable.keywords ? (std::uint64_t{1} << Flags::kFirstKeyword) - 1 : ~std::uint64_t{0};
  plan.flags.untouched = all & ~settable.system;
  const bool asks_deleted = (store.flags.system & Flags::kDeleted) != 0;
  plan.flags.system &= settable.system;
  if (!settable.keywords) plan.flags.keywords.clear();
  if (who.role == Role::reader) {
    const auto act = store.change == FlagChange::remove ? Act::unmark_deleted : Act::mark_deleted;
    const bool own = decide(who, act, folder) == Ruling::own_only;
    plan.own_deleted = own && (asks_deleted || store.change == FlagChange::replace);
    plan.own_deleted_set = asks_deleted && store.change != FlagChange::remove;
    plan.counts = asks_deleted && !own && store.change != FlagChange::remove;
  }
  plan.nothing = plan.flags.system == 0 && plan.flags.keywords.empty() && store.change != FlagChange::replace;
  return plan;
}

} // namespace

// \Deleted of a reader, in Drafts: put on what nobody marked, taken off what it marked itself.
Awaitable<boost::system::error_code> Session::mark_own(spool::UidSet uids, bool set) {
  spool::UidSet now;
  const auto& newest = *selected_->view.newest();
  for (const auto& range : uids.ranges()) {
    for (auto at = newest.lower_bound({range.first});
         at < newest.size() && newest[at].uid.value <= range.last; ++at) {
      const auto uid = newest[at].uid;
      const bool marked = newest[at].flags.has(Flags::kDeleted);
      if (set ? !marked : marked && selected_->marked.contains(uid)) now.add(uid);
    }
  }
  if (now.empty()) co_return boost::system::error_code();
  if (set) {
    for (const auto& range : now.ranges()) selected_->marked.add({range.first}, {range.last});
  }
  spool::FlagNames deleted;
  deleted.system = Flags::kDeleted;
  const auto change = set ? FlagChange::add : FlagChange::remove;
  const auto stored =
      co_await spool().store_flags(selected_->mailbox.id, std::move(now), change, deleted, std::nullopt);
  if (!stored) co_return stored.error();
  co_return boost::system::error_code();
}

Awaitable<Reply> Session::execute(command::Store store) {
  if (selected_->view.read_only()) co_return Reply::no("[READ-ONLY] The folder was opened with EXAMINE");
  const bool there = co_await refresh();
  if (!there) co_return Reply::none();
  const auto chosen = places(store.set, store.uid);
  if (!chosen) co_return Reply::bad("There is no message of that number");
  const auto who = actor();
  const auto plan = plan_of(who, folder_kind(selected_->mailbox.special_use), store);
  const auto uids = uids_of(*chosen);
  if (plan.counts && !uids.empty()) spool().count_delete(who.login, true, uids.count());

  spool::UidSet left_alone;
  if (!plan.nothing && !uids.empty()) {
    const auto stored = co_await spool().store_flags(selected_->mailbox.id, uids, store.change, plan.flags,
                                                     store.unchanged_since);
    if (!stored) co_return reply_of(stored.error());
    left_alone = *stored;
  }
  if (plan.own_deleted) {
    const auto error = co_await mark_own(uids, plan.own_deleted_set);
    if (error) co_return reply_of(error);
  }
  const bool still_there = co_await refresh();
  if (!still_there) co_return Reply::none();
  OwnStore own;
  for (const auto place : *chosen) own.uids.push_back(selected_->view.numbers()[place].uid);
  own.change = store.change;
  own.flags = std::move(store.flags);
  own.silent = store.silent;
  const Permit permit{store.uid, store.uid};
  co_await write_out(selected_->view.announce(permit, own));
  if (!left_alone.empty())
    co_return Reply::ok("[MODIFIED " + left_alone.text() + "] Some were changed meanwhile");
  co_return Reply::ok("Stored");
}

} // namespace homespool::server::imap
