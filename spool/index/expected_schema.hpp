// Is an index made of our tables and of nothing else? A file that was put in place of ours could carry views,
// triggers and generated columns that act when they are read.
//
// Threads: the caller's connection.
#pragma once

#include "spool/index/sqlite.hpp"

#include <optional>
#include <string>

namespace homespool::spool::index {

// What stands in `database` that no version of ours puts there, or what is missing, as the end of a sentence
// ("has a trigger 'x' that homespool did not make"). Nothing when it is as its user_version says. Reads
// sqlite_schema only. Throws SqliteError when even that cannot be read.
std::optional<std::string> schema_fault(Database& database);

} // namespace homespool::spool::index
