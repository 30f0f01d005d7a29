// Is the log of an index (index.db-wal) damaged in its middle? SQLite takes what lies behind the first frame
// whose checksum does not hold for what a crash left, and drops it without a word.
//
// A crash leaves at most one commit that was not synced. Where two or more whole ones lie behind a frame that
// does not hold, commits are lost that were promised. A log whose header does not hold is dropped as a whole:
// it is one that was about to begin anew, with all it held in the index; where the index lacks some of it,
// commits are lost too. Threads: any; the files must not be in use.
#pragma once

#include <filesystem>

namespace homespool::spool::index {

// `log`: INDEX-wal, beside its index. False when there is no log, or none that can be read.
bool log_is_damaged(const std::filesystem::path& log);

} // namespace homespool::spool::index
