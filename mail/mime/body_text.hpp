// BODY and BODYSTRUCTURE as IMAP writes them (RFC 3501 section 7.4.2). Threads: pure functions.
#pragma once

#include "mail/mime/splitter.hpp"

#include <span>
#include <string>

namespace homespool::mail {

// `extended`: BODYSTRUCTURE, with extension data; else BODY.
std::string body_text(std::span<const PartDraft> parts, bool extended, const Limits& limits);

} // namespace homespool::mail
