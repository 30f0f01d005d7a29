// The bytes of messages, to be compared: of one on its way in, and of a record that is stored.
//
// Threads: the writer's, within its transaction; what is returned is used there too.
#pragma once

#include "spool/incoming/incoming_state.hpp"
#include "spool/index/same_content.hpp"
#include "spool/store/books.hpp"

namespace homespool::spool::change {

// `message` outlives it.
index::Content content_of(const Incoming::State& message);
// Nothing when its bytes were given up.
std::optional<index::Content> content_of(Books& books, RecordId record);

} // namespace homespool::spool::change
