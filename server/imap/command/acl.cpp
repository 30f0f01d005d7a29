// ACL (RFC 4314): shows what the deleter rule allows. Nothing can be changed here: rights come from the
// settings. Threads: the session's.
#include "server/imap/session.hpp"
#include "server/imap/wire/response.hpp"

namespace homespool::server::imap {

Awaitable<Reply> Session::execute(command::MyRights rights) {
  const auto mailbox = find(rights.mailbox);
  if (!mailbox) co_return no_such_mailbox();
  const auto who = actor();
  auto& out = out_.text();
  out += "* MYRIGHTS ";
  append_mailbox(out, mailbox->name, utf8());
  out += ' ' + std::string(server::rights(who.role, folder_kind(who, mailbox->special_use))) + "\r\n";
  co_return Reply::ok("Those are your rights");
}

// Every client of the user, as each of them would see itself.
Awaitable<Reply> Session::execute(command::GetAcl get) {
  const auto mailbox = find(get.mailbox);
  if (!mailbox) co_return no_such_mailbox();
  const auto settings = room_.shared.settings.get();
  const auto* owner = settings->find_user(user());
  if (owner == nullptr) co_return Reply::no("[NOPERM] Your user is not in the settings any more");
  auto& out = out_.text();
  out += "* ACL ";
  append_mailbox(out, mailbox->name, utf8());
  for (const auto& client : owner->clients) {
    out += ' ';
    append_string(out, client.login);
    const auto role = client.may_delete ? Role::deleter : Role::reader;
    out += ' ' + std::string(server::rights(role, folder_kind(actor(), mailbox->special_use)));
  }
  out += "\r\n";
  co_return Reply::ok("Those are the rights");
}

Awaitable<Reply> Session::execute(command::ListRights rights) {
  const auto mailbox = find(rights.mailbox);
  if (!mailbox) co_return no_such_mailbox();
  const auto settings = room_.shared.settings.get();
  const auto found = settings->find_login(rights.identifier);
  if (found.client == nullptr || found.user->name != user())
    co_return Reply::no("There is no such client of yours");
  auto& out = out_.text();
  out += "* LISTRIGHTS ";
  append_mailbox(out, mailbox->name, utf8());
  out += ' ';
  append_string(out, found.client->login);
  const auto role = found.client->may_delete ? Role::deleter : Role::reader;
  out += ' ' + std::string(server::rights(role, folder_kind(actor(), mailbox->special_use))) + "\r\n";
  co_return Reply::ok("Those rights, and no other can be given");
}

Awaitable<Reply> Session::execute(command::SetAcl) {
  co_return Reply::no("[NOPERM] " + refusal(actor(), Act::set_rights));
}

Awaitable<Reply> Session::execute(command::DeleteAcl) {
  co_return Reply::no("[NOPERM] " + refusal(actor(), Act::set_rights));
}

} // namespace homespool::server::imap
