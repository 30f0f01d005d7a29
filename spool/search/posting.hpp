// A list of the records that hold one n-gram, in few bits: the gaps between them in Rice code, or those of
// the records that do not hold it when most do.
//
// For: blocks of n-grams (gram_block.hpp). Numbers count from the first record of the run. Reading is total.
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace homespool::spool::search {

// `members` rise and lie below `universe`, which reading must be told again.
void put_postings(std::string& out, std::span<const std::uint32_t> members, std::uint32_t universe);

// Takes a list off the front of `in` and appends its members to `out`. False when it is broken.
bool take_postings(std::string_view& in, std::uint32_t universe, std::vector<std::uint32_t>& out);
// Only past it.
bool skip_postings(std::string_view& in);

} // namespace homespool::spool::search
