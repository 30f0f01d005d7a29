// COPY and MOVE (RFC 3501, RFC 4315, RFC 6851). Threads: the session's.
#include "server/imap/session.hpp"

namespace homespool::server::imap {

namespace {

std::string copy_uid(const spool::UidMapping& mapping) {
  if (mapping.from.empty()) return {};
  return "[COPYUID " + std::to_string(mapping.uidvalidity) + ' ' + mapping.from.text() + ' ' +
         mapping.to.text() + "] ";
}

} // namespace

Awaitable<Reply> Session::execute(command::Copy copy) {
  const bool there = co_await refresh();
  if (!there) co_return Reply::none();
  const auto chosen = places(copy.set, copy.uid);
  if (!chosen) co_return Reply::bad("There is no message of that number");
  const auto who = actor();
  const auto target = find(copy.mailbox);
  const auto kind = target ? folder_kind(who, target->special_use) : FolderKind::ordinary;
  if (decide(who, Act::file_into, kind) != Ruling::allowed) {
    spool().count_delete(who.login, true, chosen->size());
    co_return Reply::no("[NOPERM] " + refusal(who, Act::file_into));
  }
  if (!target) co_return try_create();
  if (any_gone(*chosen)) co_return Reply::no("[EXPUNGEISSUED] Some of the messages are not there any more");
  if (chosen->empty()) co_return Reply::ok("There was nothing to copy");
  const auto copied = co_await spool().copy(selected_->mailbox.id, uids_of(*chosen), target->id);
  if (!copied) {
    if (copied.error() == spool::Error::no_such_mailbox) co_return try_create();
    co_return reply_of(copied.error());
  }
  co_return Reply::ok(copy_uid(*copied) + "Copied");
}

Awaitable<Reply> Session::execute(command::Move move) {
  const bool there = co_await refresh();
  if (!there) co_return Reply::none();
  const auto chosen = places(move.set, move.uid);
  if (!chosen) co_return Reply::bad("There is no message of that number");
  const auto who = actor();
  if (decide(who, Act::move_out, folder_kind(who, selected_->mailbox.special_use)) != Ruling::allowed) {
    spool().count_delete(who.login, true, chosen->size());
    co_return Reply::no("[NOPERM] " + refusal(who, Act::move_out));
  }
  if (selected_->view.read_only()) co_return Reply::no("[READ-ONLY] The folder was opened with EXAMINE");
  const auto target = find(move.mailbox);
  if (!target) co_return try_create();
  if (any_gone(*chosen)) co_return Reply::no("[EXPUNGEISSUED] Some of the messages are not there any more");
  if (chosen->empty()) co_return Reply::ok("There was nothing to move");
  const auto moved = co_await spool().move(selected_->mailbox.id, uids_of(*chosen), target->id);
  if (!moved) {
    if (moved.error() == spool::Error::no_such_mailbox) co_return try_create();
    co_return reply_of(moved.error());
  }
  if (!moved->from.empty()) out_.text() += "* OK " + copy_uid(*moved) + "Moved\r\n";
  co_return Reply::ok("Moved");
}

} // namespace homespool::server::imap
