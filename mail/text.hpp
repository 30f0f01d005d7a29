// The text of a message as a person reads it: encoded words, transfer encodings and character sets undone.
//
// For: SEARCH, status lines, summaries. Everything comes out as valid UTF-8; what cannot be decoded becomes
// U+FFFD and the readable rest stays. Character sets by ICU. Threads: pure functions (each call opens its own
// converters or uses thread-local ones).
#pragma once

#include "mail/structure.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace homespool::mail {

// RFC 2047 in an unfolded field value; also raw 8-bit values (UTF-8 if valid, else windows-1252).
std::string decode_header_text(std::string_view value);

// NFKC, width and case folding: what both needle and haystack of a SEARCH go through. In and out: UTF-8.
std::string fold_for_search(std::string_view utf8);

// The body of part `index`, transfer encoding undone (RFC 2045 section 6), byte for byte; broken base64 and
// quoted-printable give what can be read.
std::string decode_body(std::string_view message, const Part& part);

// Every text part (text/*, and the headers of attached messages), in UTF-8, one after another, handed to
// `sink` in order. HTML by its text only. Stops when sink returns false.
void for_each_text(std::string_view message, std::span<const Part> parts,
                   const std::function<bool(std::string_view utf8)>& sink);

// True for a part whose body for_each_text() hands out. Of the message only the part's header is looked at.
bool has_text(std::string_view message, const Part& part);

// Bytes in a named character set to UTF-8. An unknown name: UTF-8 if valid, else windows-1252.
std::string to_utf8(std::string_view bytes, std::string_view charset);
// True when the character set's name is known.
bool known_charset(std::string_view charset);

} // namespace homespool::mail
