// REPLACE (RFC 8508): a new message for an old one. Not announced: for a reader it is a door to deleting, and
// is refused as such. Threads: the session's.
#include "server/imap/session.hpp"

namespace homespool::server::imap {

Awaitable<Reply> Session::execute(command::Replace replace) {
  const bool there = co_await refresh();
  if (!there) co_return Reply::none();
  const auto chosen = places(replace.set, replace.uid);
  if (!chosen || chosen->size() != 1) co_return Reply::bad("REPLACE needs the number of one message");
  const auto who = actor();
  if (decide(who, Act::expunge, folder_kind(who, selected_->mailbox.special_use)) != Ruling::allowed) {
    spool().count_delete(who.login, true, 1);
    co_return Reply::no("[NOPERM] " + refusal(who, Act::expunge));
  }
  if (selected_->view.read_only()) co_return Reply::no("[READ-ONLY] The folder was opened with EXAMINE");
  if (any_gone(*chosen)) co_return Reply::no("[EXPUNGEISSUED] The message is not there any more");
  const auto old = uids_of(*chosen);
  auto kept = co_await execute(std::move(replace.append));
  if (over_ || kept.kind != Reply::Kind::ok) co_return kept;
  // The new message is on disk before the old one goes.
  out_.text() += "* OK " + kept.text + "\r\n";
  spool::FlagNames deleted;
  deleted.system = spool::Flags::kDeleted;
  const auto marked = co_await spool().store_flags(selected_->mailbox.id, old, spool::FlagChange::add,
                                                   std::move(deleted), std::nullopt);
  if (!marked) co_return reply_of(marked.error());
  const auto removed = co_await spool().expunge(selected_->mailbox.id, old, who.login);
  if (!removed) co_return reply_of(removed.error());
  co_return Reply::ok("Replaced");
}

} // namespace homespool::server::imap
