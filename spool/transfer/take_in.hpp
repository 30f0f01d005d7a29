// Messages brought in from files: stored with their flags and time of arrival, unless the folder has them.
//
// A message is there already when the folder has one of the same content (spool/index/same_content.hpp), or
// when an earlier import into this folder brought it and the user has moved it elsewhere since. Messages that
// came since the import began (`before`) do not count: what the source itself holds twice stays twice.
// Threads: the writer's, within its transaction.
#pragma once

#include "spool/store/books.hpp"

namespace homespool::spool::change {

Result<ImportOutcome> take_in(Books& books, ImportBatch& batch);

} // namespace homespool::spool::change
