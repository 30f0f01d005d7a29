// Records that failed their checksum: each is noted once, named in the log once and counted in the status,
// and looked at again after a start, in case somebody mended it.
//
// Threads: the writer's, within its transaction.
#pragma once

#include "spool/store/books.hpp"

namespace homespool::spool {

// `sentence` goes to on_finding if the record was not known to be damaged.
void note_damage(Books& books, RecordId record, std::string_view sentence);

// The damaged record after this one is read whole; it is forgotten when there is nothing wrong any more.
// Returns it; nothing when there are no more.
std::optional<RecordId> look_at_damaged_again(Books& books, RecordId after);

} // namespace homespool::spool
