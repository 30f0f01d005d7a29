// Cuts a message into its parts: one pass over the lines, looking for header ends and boundaries (RFC 2046
// section 5.1).
//
// For: parse_structure, which turns the outcome into IMAP text. Threads: pure function.
#pragma once

#include "mail/limits.hpp"
#include "mail/mime/media_type.hpp"
#include "mail/mime/part_header.hpp"
#include "mail/structure.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace homespool::mail {

// A part with all that BODYSTRUCTURE says of it. Views point into the message.
struct PartDraft {
  Part part;
  ContentFields content;
  MediaType media;                          // empty type: none was given, or none that can be read
  std::unique_ptr<EnvelopeFields> envelope; // of a message root only
  bool too_deep = false;                    // a leaf because limits say so, whatever its type
  std::uint64_t lines = 0;                  // line feeds in the body
};

// Depth first, as in Structure::parts. Never empty.
std::vector<PartDraft> split_parts(std::string_view message, const Limits& limits);

} // namespace homespool::mail
