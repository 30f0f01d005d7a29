// Mailbox names between the wire (modified UTF-7, RFC 3501 section 5.1.3) and the spool (UTF-8).
// Threads: pure functions.
#pragma once

#include "mail/modified_utf7.hpp"
#include "mail/text/utf8.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace homespool::server::imap {

inline constexpr char kSeparator = '/';

using mail::from_modified_utf7;
using mail::is_valid_utf8;
using mail::to_modified_utf7;

// "inbox" and "inbox/…" with INBOX in capitals; anything else as it is.
std::string with_inbox(std::string name);
// A name that can be made: not empty, no empty level, no "." or "..", no wildcard, no control character, at
// most 1,000 bytes, 50 levels, valid UTF-8.
bool can_be_created(std::string_view utf8);

// LIST's wildcards: '*' anything, '%' anything but the separator. Time: product of both lengths at worst.
// INBOX (alone or as first level) matches in any case.
bool list_matches(std::string_view pattern, std::string_view name);

} // namespace homespool::server::imap
