// The text of a settings file into Settings, or all of its faults.
//
// For: load(), and tests and the fuzzer, which have the text in memory. Not for: reading the file itself.
// Threads: any.
#pragma once

#include "config/schema/context.hpp"

namespace homespool::config::schema {

// `file` (absolute) is what faults are reported against, and its folder is where relative paths begin. Faults
// known before (of the file's rights) are passed in and come out with the others.
Loaded load_text(std::string_view text, const std::filesystem::path& file, const FileCheck& check_file,
                 std::vector<Problem> known = {});

// What the text says of spool.directory, however faulty the rest is; empty when it says nothing.
std::filesystem::path spool_directory(std::string_view text, const std::filesystem::path& file);

} // namespace homespool::config::schema
