// Hashes of content that begin with the day on which a message was written.
//
// Mail comes in about the order in which it was written, so its hashes stand together in the index: a batch
// changes a few pages there and not one for each message, however many messages there are. Spools made before
// this was so go on with plain hashes (`meta.hashes` tells). Threads: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace homespool::spool {

inline constexpr const char* kHashesKey = "hashes"; // in `meta`
inline constexpr const char* kHashesByDay = "by day";

// The day of a header's first Date since 1970, at most 65,535; 0 when there is none.
std::uint16_t day_written(std::string_view header);
// The day in place of the upper bits; never negative as a signed number.
std::uint64_t by_day(std::uint64_t hash, std::uint16_t day);

} // namespace homespool::spool
