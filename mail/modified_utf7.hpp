// Modified UTF-7 (RFC 3501 section 5.1.3): mailbox names on IMAP's wire, and in the folders of a Maildir.
//
// Threads: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace homespool::mail {

// Strict: nothing for 8-bit bytes, controls, bad base64, unpaired surrogates, and for what could have been
// written plainly.
std::optional<std::string> from_modified_utf7(std::string_view encoded);
// Valid UTF-8 in; invalid bytes come out as U+FFFD.
std::string to_modified_utf7(std::string_view utf8);

} // namespace homespool::mail
