// A mailbox as the index has it.
//
// Threads: those of the Database. Faults throw SqliteError.
#pragma once

#include "spool/index/sqlite.hpp"
#include "spool/store/open_mailbox.hpp"

#include <memory>

namespace homespool::spool {

// Null when the folder is not there.
std::unique_ptr<OpenMailbox> load_mailbox(index::Database& database, MailboxId id);
// In place of what it holds; its counters stay.
void load_messages(index::Database& database, OpenMailbox& mailbox);
void load_keywords(index::Database& database, OpenMailbox& mailbox);
// Nothing was committed to the folder since it was loaded.
bool is_current(index::Database& database, const OpenMailbox& mailbox);

} // namespace homespool::spool
