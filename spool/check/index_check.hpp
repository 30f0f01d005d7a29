// Is the index whole, ours, and does it agree with itself?
//
// Threads: the caller's connection; reads only.
#pragma once

#include "spool/check/check.hpp"
#include "spool/index/sqlite.hpp"

#include <memory>

namespace homespool::spool {

// A read-only connection, when the index is there, sound enough to be read, and ours; else what is wrong.
struct OpenedIndex {
  std::unique_ptr<index::Database> database;
  std::vector<Finding> findings;
};
OpenedIndex open_index_to_check(const std::filesystem::path& file);

Finding damaged_index(const std::string& why);

// SQLite's own check of one table a step: its pages, its order, its indexes.
void check_pages(index::Database& database, CheckStep& step);
// Numbers that are to be given out lie above those that were.
void check_counters(index::Database& database, CheckStep& step);
// Each message has its folder and its record, and they agree.
void check_messages(index::Database& database, CheckStep& step);

} // namespace homespool::spool
