// When what was deleted cannot be brought back any more.
//
// Threads: the writer's, within its transaction.
#pragma once

#include "spool/store/books.hpp"

namespace homespool::spool {

// What was deleted at this time or before is over (`undelete_for` ago).
std::chrono::sys_seconds over_since(Books& books);

} // namespace homespool::spool
