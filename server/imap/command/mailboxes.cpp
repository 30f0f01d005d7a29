// Folders: CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE. Threads: the session's.
#include "server/imap/session.hpp"
#include "server/imap/wire/mailbox_name.hpp"

namespace homespool::server::imap {

namespace {

Reply refused(const Actor& actor, Act act) {
  return Reply::no("[NOPERM] " + refusal(actor, act));
}

} // namespace

std::optional<spool::Mailbox> Session::find(const std::string& name) const {
  return spool().find_mailbox(user(), name);
}

Awaitable<Reply> Session::execute(command::Create create) {
  const auto who = actor();
  if (decide(who, Act::create_folder, FolderKind::ordinary) != Ruling::allowed)
    co_return refused(who, Act::create_folder);
  if (find(create.mailbox)) co_return Reply::no("[ALREADYEXISTS] There is a folder of that name");
  if (!can_be_created(create.mailbox)) co_return Reply::no("[CANNOT] A folder cannot have that name");
  const auto made = co_await spool().create_mailbox(user(), std::move(create.mailbox));
  if (!made) co_return reply_of(made.error());
  co_return Reply::ok("The folder is there");
}

Awaitable<Reply> Session::execute(command::Delete remove) {
  const auto who = actor();
  const auto mailbox = find(remove.mailbox);
  const auto kind = mailbox ? folder_kind(who, mailbox->special_use) : FolderKind::ordinary;
  if (decide(who, Act::delete_folder, kind) != Ruling::allowed) {
    if (mailbox) spool().count_delete(who.login, true, 1);
    co_return refused(who, Act::delete_folder);
  }
  if (!mailbox) co_return no_such_mailbox();
  const auto error = co_await spool().delete_mailbox(mailbox->id, who.login);
  if (error) co_return reply_of(error);
  if (selected_ && selected_->mailbox.id == mailbox->id) selected_.reset();
  co_return Reply::ok("The folder is gone");
}

Awaitable<Reply> Session::execute(command::Rename rename) {
  const auto who = actor();
  if (decide(who, Act::rename_folder, FolderKind::ordinary) != Ruling::allowed)
    co_return refused(who, Act::rename_folder);
  const auto mailbox = find(rename.from);
  if (!mailbox) co_return no_such_mailbox();
  if (find(rename.to)) co_return Reply::no("[ALREADYEXISTS] There is a folder of that name");
  if (!can_be_created(rename.to)) co_return Reply::no("[CANNOT] A folder cannot have that name");
  const auto error = co_await spool().rename_mailbox(mailbox->id, std::move(rename.to));
  if (error) co_return reply_of(error);
  co_return Reply::ok("The folder has its new name");
}

Awaitable<Reply> Session::execute(command::Subscribe subscribe) {
  if (!can_be_created(subscribe.mailbox)) co_return Reply::no("[CANNOT] A folder cannot have that name");
  const auto error = co_await spool().subscribe(user(), std::move(subscribe.mailbox), true);
  if (error) co_return reply_of(error);
  co_return Reply::ok("Subscribed");
}

Awaitable<Reply> Session::execute(command::Unsubscribe subscribe) {
  const auto error = co_await spool().subscribe(user(), std::move(subscribe.mailbox), false);
  if (error) co_return reply_of(error);
  co_return Reply::ok("Unsubscribed");
}

} // namespace homespool::server::imap
