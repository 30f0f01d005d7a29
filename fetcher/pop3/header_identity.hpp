// An id for a message of a server that has none, made of its header.
//
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace homespool::fetcher {

inline constexpr std::string_view kHeaderIdentity = "hdr:";

// "hdr:" and 32 hexadecimal digits (BLAKE2b). Fields that servers rewrite (Status, X-Status, X-UIDL,
// X-Mozilla-Status*) and the kind of line end make no difference.
std::string header_identity(std::string_view header);

} // namespace homespool::fetcher
