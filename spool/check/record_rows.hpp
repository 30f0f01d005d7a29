// Rows of records as the checks and copies read them.
//
// Threads: the caller's connection.
#pragma once

#include "spool/check/record_check.hpp"
#include "spool/index/sqlite.hpp"

namespace homespool::spool {

// Their columns are what record_row() reads.
inline constexpr const char* kAllRecords =
    "SELECT id, pack, offset, body, size, header_size, header_sum, has_nul FROM record ORDER BY pack, offset";
inline constexpr const char* kOneRecord =
    "SELECT id, pack, offset, body, size, header_size, header_sum, has_nul FROM record WHERE id=:record";
inline constexpr const char* kLastRecord =
    "SELECT id, pack, offset, body, size, header_size, header_sum, has_nul FROM record WHERE pack=:pack "
    "ORDER BY offset DESC LIMIT 1";
inline constexpr const char* kStructure =
    "SELECT envelope, body, bodystructure, parts FROM structure WHERE record=:record";

// Numbers that cannot be are passed on for RecordCheck to refuse.
RecordRow record_row(const index::Statement& row);
// Until the next step.
StructureRow structure_row(const index::Statement& row);

} // namespace homespool::spool
