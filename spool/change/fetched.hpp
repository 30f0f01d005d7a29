// Storing what a provider gave, once: the rules of what is a message that is here already.
//
// A record is at hand for an account when no entry of the account that is listed now (or was just stored)
// names it, and this account gave it before, or (collapse) another account of the same user did. A fetched
// message whose content is that of a record at hand is a duplicate: its entry names the record, the account's
// older entries of it are gone. So two entries of one listing are two messages, and a renumbered mailbox
// brings no second copy. With collapse, a message is also a duplicate when another account of the user gave
// one like it (spool/incoming/likeness.hpp), and this account did not. Each account keeps an entry and an
// origin of its own, and deletes upstream by its own rule. Threads: the writer's, within its transaction.
#pragma once

#include "spool/store/books.hpp"

namespace homespool::spool::change {

Result<std::vector<FetchedOutcome>> store_fetched(Books& books, const std::string& account, MailboxId to,
                                                  std::vector<Fetched>& messages, const StillListed& listed);

} // namespace homespool::spool::change
