// A message that came again although it is known: its bytes take the place of those that were lost.
//
// For: what a provider still lists. The record keeps its number, so that its messages stay what they are for
// every client. Not for: records whose bytes were given up on purpose. Threads: the writer's, within its
// transaction.
#pragma once

#include "spool/incoming/incoming_state.hpp"
#include "spool/retention/moved_record.hpp"

namespace homespool::spool::change {

// Whether these bytes, known to be the same by their hash, are the record's to the letter.
bool can_mend(const PlacedRecord& record, const Incoming::State& again);

Result<void> mend_record(Books& books, const PlacedRecord& record, const Incoming::State& again);

} // namespace homespool::spool::change
