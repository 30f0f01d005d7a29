// A checksum at the end of every page of an index, so that a bit that flipped anywhere in it (a flag, a UID,
// a folder's name, a row of the ledger) is an error when the page is read, and never an answer.
//
// Done by a VFS that stands between SQLite and its own one. It uses bytes that SQLite keeps free at the end
// of each page; a file that has none there (made by version 1) is read and written as it is. Checked is what
// comes from the file itself: SQLite checks its log. The first page is read unchecked, since what it says
// must be known before it is judged (a newer version, say): see first_page_holds(). Threads: as SQLite's
// connections.
#pragma once

#include <filesystem>

struct sqlite3;

namespace homespool::spool::index {

// For sqlite3_open_v2; registered at the first call.
const char* page_sums_vfs();

// Asks for the bytes at the end of each page: of a file that is new, or from the next VACUUM on.
void reserve_page_sums(sqlite3* database);

// The file has them. True for one in memory.
bool has_page_sums(sqlite3* database);
// The same of what a connection that only reads sees, be it in the log still. Within a transaction.
bool sees_page_sums(sqlite3* reader);

// The sum of the first page. When it does not hold, somebody else may have written it, which is no damage:
// look at the whole file. True for a file that has no sums.
bool first_page_holds(const std::filesystem::path& file);

} // namespace homespool::spool::index
