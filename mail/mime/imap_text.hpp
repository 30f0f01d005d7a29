// Values as IMAP writes them in answers: strings, NIL, address lists, ENVELOPE (RFC 3501
// sections 4.3, 7.4.2).
//
// Strings are quoted where they can be and else literals; NUL, which IMAP cannot say, becomes 0x80.
// Threads: pure functions.
#pragma once

#include "mail/address.hpp"
#include "mail/mime/part_header.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace homespool::mail {

void append_number(std::string& out, std::uint64_t number);
void append_string(std::string& out, std::string_view text);
void append_nil(std::string& out);

// A field value that may be absent and may be folded: NIL, or the string on one line.
void append_field(std::string& out, const std::optional<std::string_view>& value);

void append_envelope(std::string& out, const EnvelopeFields& fields, const Limits& limits);

} // namespace homespool::mail
