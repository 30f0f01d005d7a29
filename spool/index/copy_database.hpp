// A copy of an index that is in use, as one file.
//
// Threads: those of the connection that is read; nobody else waits, but for the WAL, which grows meanwhile.
#pragma once

#include "spool/index/sqlite.hpp"

#include <filesystem>
#include <functional>

namespace homespool::spool::index {

// What of how many pages. What it throws ends the copying.
using CopiedPages = std::function<void(std::uint64_t done, std::uint64_t total)>;

// `from` as it is now: through a read-only connection, within a read transaction of its own. `to` is made
// anew, mode 0600, in rollback mode, so that it can be read where nothing can be written; on stable storage
// but for its name. `then` is run on it, as SQL. Throws SqliteError.
void copy_database(Database& from, const std::filesystem::path& to, const std::string& then,
                   const CopiedPages& progress);

} // namespace homespool::spool::index
