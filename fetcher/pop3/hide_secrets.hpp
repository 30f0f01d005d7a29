// Takes secrets out of what a server says: some repeat the command they do not understand.
//
// Threads: a pure function.
#pragma once

#include "config/secret.hpp"

#include <span>
#include <string>
#include <string_view>

namespace homespool::fetcher {

// `text` with "***" for each secret in it, in any case of letters, and for the start of one (the server cut
// it) from its sixth byte on, or wherever it follows PASS. A secret of less than six bytes counts only where
// it stands alone: it may be a part of an ordinary word, and to take it out of those would tell it.
std::string hide_secrets(std::string_view text, std::span<const config::Secret> secrets);

} // namespace homespool::fetcher
