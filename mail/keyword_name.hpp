// Names of flags as other programs write them, made into what IMAP can carry (RFC 3501 section 9,
// flag-keyword).
//
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace homespool::mail {

// Characters that no keyword may have become '_'; empty when there is nothing to name. At most 200 bytes.
std::string as_keyword(std::string_view text);
// The same for a list with blanks between.
std::vector<std::string> as_keywords(std::string_view list);

} // namespace homespool::mail
