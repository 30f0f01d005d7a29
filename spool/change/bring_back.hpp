// Brings back what was deleted, or hidden for one client. Each function is one change.
//
// Threads: the writer's, within its transaction.
#pragma once

#include "spool/put_away.hpp"
#include "spool/store/books.hpp"

namespace homespool::spool::change {

// Each goes back to the folder it lay in, made again when it is missing, as a new message of it (new UID)
// with the id it had, so with its UIDL, and its flags but \Deleted. Those that are not there, not of this
// user, or deleted longer ago than undelete_for are passed over.
Result<std::vector<BroughtBack>> undelete(Books& books, const std::string& user,
                                          const std::vector<MessageId>& ids);
// Returns those that were hidden.
Result<std::vector<MessageId>> unhide(Books& books, std::string_view login,
                                      const std::vector<MessageId>& ids);

} // namespace homespool::spool::change
