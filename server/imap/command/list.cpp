// LIST, LSUB, XLIST and STATUS. Threads: the session's.
#include "server/imap/command/list_builder.hpp"
#include "server/imap/session.hpp"
#include "server/imap/wire/response.hpp"

namespace homespool::server::imap {

Awaitable<void> Session::say_status(spool::Mailbox mailbox, std::vector<command::StatusItem> items) {
  const auto counts = co_await spool().counts(mailbox.id);
  if (!counts) co_return;
  append_status_line(out_.text(), mailbox.name, *counts, items,
                     room_.shared.settings.get()->server.largest_append, utf8());
}

Awaitable<Reply> Session::execute(command::Status status) {
  const auto mailbox = find(status.mailbox);
  if (!mailbox) co_return no_such_mailbox();
  const auto before = out_.text().size();
  co_await say_status(*mailbox, std::move(status.items));
  if (out_.text().size() == before) co_return no_such_mailbox();
  co_return Reply::ok("That is its state");
}

Awaitable<Reply> Session::execute(command::List list) {
  const bool only_separator = !list.extended && list.patterns.size() == 1 && list.patterns.front().empty();
  if (only_separator) {
    ListLine line;
    line.kind = list.kind;
    line.attributes.push_back("\\Noselect");
    append_list_line(out_.text(), line, utf8());
    co_return Reply::ok("That is the separator");
  }
  const auto mailboxes = spool().mailboxes(user());
  const auto subscriptions = spool().subscriptions(user());
  const auto who = actor();
  for (const auto& entry : build_list(list, mailboxes, subscriptions)) {
    ListLine line;
    line.kind = list.kind;
    line.attributes = entry.attributes;
    line.name = entry.name;
    line.child_info = entry.child_info;
    append_list_line(out_.text(), line, utf8());
    if (entry.mailbox != nullptr && !list.return_status.empty())
      co_await say_status(*entry.mailbox, list.return_status);
    if (entry.mailbox != nullptr && list.return_myrights) {
      out_.text() += "* MYRIGHTS ";
      append_mailbox(out_.text(), entry.name, utf8());
      out_.text() +=
          ' ' + std::string(rights(who.role, folder_kind(who, entry.mailbox->special_use))) + "\r\n";
    }
    co_await out_.breathe();
  }
  co_return Reply::ok("That is all");
}

} // namespace homespool::server::imap
