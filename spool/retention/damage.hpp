// Records that cannot be read, or failed their checksum: each is noted once, named in the log once and
// counted in the status, and looked at again after a start, in case somebody mended it.
//
// Threads: the writer's, within its transaction.
#pragma once

#include "spool/store/books.hpp"

namespace homespool::spool {

// `sentence` goes to on_finding if the record was not known to be damaged.
void note_damage(Books& books, RecordId record, std::string_view sentence);

bool is_damaged(Books& books, RecordId record);
// It is whole again.
void forget_damage(Books& books, RecordId record);

// Looks at some packs that the index names above this number; of those that are missing or end early it notes
// the records that cannot be read. Returns the last of these packs; nothing when there are no more.
std::optional<std::uint32_t> note_missing_packs(Books& books, std::uint32_t above);

// Some damaged records after this one are read whole; those with which there is nothing wrong any more are
// forgotten. Returns the last that was looked at; nothing when there are no more.
std::optional<RecordId> look_at_damaged_again(Books& books, RecordId after);

} // namespace homespool::spool
