// What SEARCH compares of a message, folded once: the lines of its header, its text parts, and the fields
// that are searched most.
//
// It is what TEXT, BODY and HEADER look at (RFC 3501 section 6.4.4): the same that a search without the index
// folds for itself as it goes. Threads: pure functions.
#pragma once

#include "mail/structure.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace homespool::spool::search {

// Of larger messages only so many bytes are looked at.
inline constexpr std::uint64_t kSearchedBytes = std::uint64_t{64} << 20;

// Texts as mail::fold_for_search leaves them. kBorder (grams.hpp), which UTF-8 has not, ends each piece.
struct FoldedMessage {
  std::string header; // "name: value" of every field, the name in lower case
  std::string body;   // every text part, and the headers of attached messages
};

// Nothing when there would be more than `limit` bytes of text.
std::optional<FoldedMessage> fold_message(std::string_view message, std::size_t header_size,
                                          std::span<const mail::Part> parts, std::size_t limit);

// The line at the front of a FoldedMessage's header, taken off it.
struct FoldedField {
  std::string_view name, value;
};
std::optional<FoldedField> take_field(std::string_view& header);
// Is the word in the value of a field of this name? For a FoldedMessage's header. Names in lower case.
bool field_has(std::string_view header, std::string_view lower_name, std::string_view folded);

} // namespace homespool::spool::search
