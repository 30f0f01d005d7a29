// The names of the files under packs/. Threads: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace homespool::spool {

// 17 → "000017.pack"; kFirstSingle + 17 → "s000017.pack".
std::string pack_name(std::uint32_t number);
// And back; nothing for names that pack_name() does not give.
std::optional<std::uint32_t> pack_number(std::string_view name);

// Messages on their way in: "incoming-<random>.tmp".
std::string new_incoming_name();
bool is_incoming_name(std::string_view name);

} // namespace homespool::spool
