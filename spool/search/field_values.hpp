// The values of one header field in a batch of messages, one behind another and packed: looked through as a
// whole, so that nobody opens a message for its subject.
//
// Reading is total. Threads: pure functions.
#pragma once

#include "spool/search/record_set.hpp"
#include "spool/search/text_block.hpp"

#include <map>

namespace homespool::spool::search {

// How many fields of a batch are kept so, at most.
inline constexpr std::size_t kMostFields = 64;

// By name, those fields that many of the messages have and whose values are short; records rise.
std::map<std::string, std::string>
field_values(std::span<const std::shared_ptr<const FoldedRecord>> messages);
// Adds the records that have the word in the field; false when the bytes are broken, or speak of records that
// are not within [first, last].
bool find_in_values(std::string_view bytes, std::string_view folded, RecordId first, RecordId last,
                    RecordSet& found);
// The same values without those of some records.
std::optional<std::string> values_without(std::string_view bytes, std::span<const RecordId> gone);

} // namespace homespool::spool::search
