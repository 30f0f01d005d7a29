// Folder names of the spool (UTF-8, '/' between levels) and of a Maildir++ (".Level.Level", modified UTF-7),
// as Dovecot and Courier lay it out.
//
// A '.' within a level cannot be written there: it becomes "\2e", as Dovecot's plugin listescape has it.
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace homespool::mail {

// ".Level.Level" for "Level/Level".
std::string to_maildir_folder(std::string_view name);
// Back. `directory` begins with the dot. Never empty levels, and at least one.
std::string from_maildir_folder(std::string_view directory);

// What is called so on disk, as one level of a folder name: valid UTF-8 without control characters, '/', or
// IMAP's wildcards, never empty.
std::string as_folder_level(std::string_view text);

} // namespace homespool::mail
