// Words of a peer made fit for logs, status and answers: control characters and broken UTF-8 escaped, cut.
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace homespool::net {

constexpr std::size_t kPeerText = 500; // bytes

// C0, DEL, C1 and bytes that are no UTF-8 become \xNN; at most `limit` bytes, never cut inside a character.
std::string peer_text(std::string_view words, std::size_t limit = kPeerText);

} // namespace homespool::net
