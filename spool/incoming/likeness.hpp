// When is what two accounts give the same message? Its Message-ID, sender, date and subject are the same, and
// the bytes of its body; the rest of the header is not, since every provider writes lines of its own into it.
//
// The hash finds candidates; same_fields() and a comparison of the bodies decide. Threads: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace homespool::spool {

// Message-ID, From, Date and Subject of a header block, each as one line with its blanks joined. Nothing when
// there is no Message-ID: then only the whole of a message tells.
std::optional<std::string> telling_fields(std::string_view header);

std::optional<std::uint64_t> likeness(std::string_view message, std::size_t header_size, std::uint64_t seed);

} // namespace homespool::spool
