// The names of things in the spool, as types that do not mix.
// Threads: values.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace homespool::spool {

template <class Tag, class Number>
struct Id {
  Number value = 0;
  auto operator<=>(const Id&) const = default;
};

// A folder of a user. Never used again.
using MailboxId = Id<struct MailboxTag, std::int64_t>;
// One message in one folder. COPY makes a new one, MOVE keeps it. Never used again; the UIDL is made of it.
using MessageId = Id<struct MessageTag, std::int64_t>;
// The bytes of a message in a pack, shared by its copies.
using RecordId = Id<struct RecordTag, std::int64_t>;
// RFC 3501 section 2.3.1.1; from 1.
using Uid = Id<struct UidTag, std::uint32_t>;
// RFC 7162; from 1.
using ModSeq = Id<struct ModSeqTag, std::uint64_t>;

} // namespace homespool::spool

template <class Tag, class Number>
struct std::hash<homespool::spool::Id<Tag, Number>> {
  std::size_t operator()(homespool::spool::Id<Tag, Number> id) const noexcept {
    return std::hash<Number>{}(id.value);
  }
};
