// Base64 and quoted-printable undone (RFC 2045 section 6, RFC 2047 section 4). Broken input gives what can be
// read. Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace homespool::mail {

// Bytes outside the alphabet are passed over; padding ends a run, and another may follow.
std::string decode_base64(std::string_view text);

// An '=' that starts no escape stands for itself.
std::string decode_quoted_printable(std::string_view text);
// The "Q" encoding of encoded words, where '_' is a blank.
std::string decode_q(std::string_view text);

} // namespace homespool::mail
