// What sessions do to messages. Each function is one change: it is done as a whole, or the writer undoes it.
//
// Threads: the writer's, within its transaction.
#pragma once

#include "spool/store/books.hpp"

namespace homespool::spool::change {

// One message with its record, as the newest of the folder.
Result<Uid> insert_arrived(Books& books, OpenMailbox& mailbox, const Mailbox& folder, AppendItem& item,
                           Flags flags, ModSeq modseq);
Result<UidMapping> append(Books& books, MailboxId to, std::vector<AppendItem>& items);
struct StoreFlags {
  MailboxId mailbox;
  UidSet uids;
  FlagChange change = FlagChange::add;
  FlagNames flags;
  std::optional<ModSeq> unchanged_since;
};
Result<UidSet> store_flags(Books& books, const StoreFlags& wanted);
// A copy is never \Deleted: only the deleter sets that, on what is there.
Result<UidMapping> copy(Books& books, MailboxId from, const UidSet& uids, MailboxId to);
Result<UidMapping> move(Books& books, MailboxId from, const UidSet& uids, MailboxId to);
Result<UidSet> expunge(Books& books, MailboxId id, const std::optional<UidSet>& uids, std::string_view login,
                       Marked marked);
// Only messages of `update.user`; those that are gone are passed over.
Result<void> pop3_quit(Books& books, const Pop3Update& update);
std::vector<MessageId> hidden(Books& books, std::string_view login);

} // namespace homespool::spool::change
