// Mailbox names between the wire (modified UTF-7, RFC 3501 section 5.1.3) and the spool (UTF-8).
// Threads: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace homespool::server::imap {

inline constexpr char kSeparator = '/';

// Strict: nothing for 8-bit bytes, controls, bad base64, unpaired surrogates, and for what could have been
// written plainly.
std::optional<std::string> from_modified_utf7(std::string_view wire);
// Valid UTF-8 in; invalid bytes come out as U+FFFD.
std::string to_modified_utf7(std::string_view utf8);

// "inbox" and "inbox/…" with INBOX in capitals; anything else as it is.
std::string with_inbox(std::string name);
// A name that can be made: not empty, no empty level, no "." or "..", no wildcard, no control character, at
// most 1,000 bytes, 50 levels, valid UTF-8.
bool can_be_created(std::string_view utf8);
bool is_valid_utf8(std::string_view bytes);

// LIST's wildcards: '*' anything, '%' anything but the separator. Time: product of both lengths at worst.
// INBOX (alone or as first level) matches in any case.
bool list_matches(std::string_view pattern, std::string_view name);

} // namespace homespool::server::imap
