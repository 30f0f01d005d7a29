// What sessions do to folders. Each function is one change.
//
// Threads: the writer's, within its transaction.
#pragma once

#include "spool/store/books.hpp"

namespace homespool::spool::change {

// "inbox" and "Inbox/x" as the spool spells them: INBOX, INBOX/x. Nothing when no folder may be called that.
std::optional<std::string> folder_name(std::string_view name);

Result<void> ensure_user(Books& books, const std::string& user);
Result<MailboxId> create_mailbox(Books& books, const std::string& user, std::string_view name);
// The folder of this name, made (and subscribed) when it is missing.
Result<MailboxId> find_or_make(Books& books, const std::string& user, std::string_view name);
Result<void> delete_mailbox(Books& books, MailboxId id, std::string_view login);
Result<void> rename_mailbox(Books& books, MailboxId id, std::string_view new_name);
Result<void> subscribe(Books& books, const std::string& user, std::string_view name, bool subscribed);

} // namespace homespool::spool::change
