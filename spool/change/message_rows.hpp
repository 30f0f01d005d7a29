// The steps that changes of messages are made of: each does the row in the index and the same in the open
// mailbox.
//
// Threads: the writer's, within its transaction. SqliteError leaves through all of them.
#pragma once

#include "spool/incoming/incoming_state.hpp"
#include "spool/store/books.hpp"

namespace homespool::spool::change {

// A message as its row has it.
struct Placed {
  MailboxId mailbox;
  Message message;
  RecordId record;
  std::int64_t internal_date = 0; // Unix seconds
};
std::optional<Placed> find_message(Books& books, MessageId id);
std::optional<Placed> find_message(Books& books, const OpenMailbox& mailbox, Uid uid);

// Puts the bytes into a pack.
Result<Location> append_bytes(Books& books, const Incoming::State& state, const RecordInfo& info);
// And makes the record's rows.
Result<RecordId> insert_record(Books& books, Incoming& incoming, RecordInfo info);
// As the newest message; uid and modseq are filled in.
Message insert_message(Books& books, OpenMailbox& mailbox, Message message, RecordId record,
                       std::int64_t internal_date, ModSeq modseq);
void update_flags(Books& books, OpenMailbox& mailbox, const Message& message);
// Out of this mailbox, the row only.
void take_out(Books& books, OpenMailbox& mailbox, const std::vector<Uid>& rising);
// To what was deleted. Who hid one goes on not seeing it if it is brought back.
void delete_messages(Books& books, OpenMailbox& mailbox, const std::vector<Uid>& rising,
                     std::string_view login);

// The bits of these names in this mailbox; unknown keywords are made. too_many_keywords.
Result<Flags> resolve_flags(Books& books, OpenMailbox& mailbox, const FlagNames& names);
// The same flags in another mailbox; keywords that do not fit are left out.
Flags translate_flags(Books& books, Flags flags, const std::vector<std::string>& keywords, OpenMailbox& to);

// Those of the set that are there.
std::vector<Uid> present(const OpenMailbox& mailbox, const UidSet& uids);

} // namespace homespool::spool::change
