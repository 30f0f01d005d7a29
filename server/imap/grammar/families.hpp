// The parsers of the command families. Each is called behind the command's name (the blank before the
// arguments is still there) and takes everything up to the end of the command.
// Threads: pure functions.
#pragma once

#include "server/imap/grammar/scanner.hpp"

namespace homespool::server::imap::grammar {

// Any state, and not logged in.
bool parse_id(Scanner& in, Command& out);
bool parse_login(Scanner& in, Command& out);
bool parse_authenticate(Scanner& in, Command& out);
bool parse_enable(Scanner& in, Command& out);

// Mailboxes.
bool parse_select(Scanner& in, Command& out);
bool parse_examine(Scanner& in, Command& out);
bool parse_create(Scanner& in, Command& out);
bool parse_rename(Scanner& in, Command& out);
bool parse_status(Scanner& in, Command& out);
bool parse_append(Scanner& in, Command& out);
bool parse_list_rights(Scanner& in, Command& out);
bool parse_set_acl(Scanner& in, Command& out);
bool parse_delete_acl(Scanner& in, Command& out);
// The items of STATUS, in brackets; LIST … RETURN (STATUS (…)) has them too.
bool parse_status_items(Scanner& in, std::vector<command::StatusItem>& out);

bool parse_list(Scanner& in, Command& out);
bool parse_lsub(Scanner& in, Command& out);
bool parse_xlist(Scanner& in, Command& out);

// Messages.
bool parse_expunge(Scanner& in, bool uid, Command& out);
bool parse_search(Scanner& in, bool uid, Command& out);
bool parse_fetch(Scanner& in, bool uid, Command& out);
bool parse_store(Scanner& in, bool uid, Command& out);
bool parse_copy(Scanner& in, bool uid, Command& out);
bool parse_move(Scanner& in, bool uid, Command& out);
bool parse_replace(Scanner& in, bool uid, Command& out);

} // namespace homespool::server::imap::grammar
