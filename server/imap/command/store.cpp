// STORE: changes flags, and tells the true ones. What a reader may not set stays as it is without an error.
// Threads: the session's.
#include "server/imap/session.hpp"

namespace homespool::server::imap {

namespace {

using spool::FlagChange;
using spool::Flags;
using spool::ReadersMark;

// What really happens to the flags of a set of messages, once the deleter rule has had its say.
struct Plan {
  spool::FlagNames flags;
  bool nothing = false; // no flag is left to change
  bool counts = false;  // \Deleted was asked for and not given
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
    const bool puts = asks_deleted && store.change != FlagChange::remove;
    const bool takes = !puts && (asks_deleted || store.change == FlagChange::replace);
    if (own && puts) plan.flags.readers_mark = ReadersMark::put;
    if (own && takes) plan.flags.readers_mark = ReadersMark::take;
    plan.counts = puts && !own;
  }
  plan.nothing = plan.flags.system == 0 && plan.flags.keywords.empty() &&
                 plan.flags.readers_mark == ReadersMark::leave && store.change != FlagChange::replace;
  return plan;
}

} // namespace

Awaitable<Reply> Session::execute(command::Store store) {
  if (selected_->view.read_only()) co_return Reply::no("[READ-ONLY] The folder was opened with EXAMINE");
  const bool there = co_await refresh();
  if (!there) co_return Reply::none();
  const auto chosen = places(store.set, store.uid);
  if (!chosen) co_return Reply::bad("There is no message of that number");
  const auto who = actor();
  const auto plan = plan_of(who, folder_kind(who, selected_->mailbox.special_use), store);
  const auto uids = uids_of(*chosen);
  if (plan.counts && !uids.empty()) spool().count_delete(who.login, true, uids.count());

  spool::UidSet left_alone;
  if (!plan.nothing && !uids.empty()) {
    const auto stored = co_await spool().store_flags(selected_->mailbox.id, uids, store.change, plan.flags,
                                                     store.unchanged_since);
    if (!stored) co_return reply_of(stored.error());
    left_alone = *stored;
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
