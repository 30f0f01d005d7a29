// The flags of a message as a set of bits: IMAP's system flags, then the keywords of its mailbox in the order
// in which they were first used. A mailbox has at most 56 keywords. Threads: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace homespool::spool {

struct Flags {
  static constexpr std::uint64_t kSeen = 1;
  static constexpr std::uint64_t kAnswered = 2;
  static constexpr std::uint64_t kFlagged = 4;
  static constexpr std::uint64_t kDeleted = 8; // set and acted upon by the deleter alone
  static constexpr std::uint64_t kDraft = 16;
  // Beside kDeleted: a reader marked it, in Drafts, and may remove it. No client sees this one.
  static constexpr std::uint64_t kByReader = 32;
  static constexpr unsigned kFirstKeyword = 8;
  static constexpr unsigned kMaxKeywords = 56;

  std::uint64_t bits = 0;

  bool has(std::uint64_t mask) const { return (bits & mask) == mask; }
  bool operator==(const Flags&) const = default;
};

// What a reader does with \Deleted: it marks what nobody marked, and takes off what a reader marked.
enum class ReadersMark : std::uint8_t { leave, put, take };

// Flags by their names ("\\Seen", "$Forwarded"), before a mailbox gave the keywords their bits. No
// duplicates; system flags any case.
struct FlagNames {
  std::uint64_t system = 0; // the bits of Flags
  std::vector<std::string> keywords;
  // System bits that FlagChange::replace leaves as each message has them: a reader's STORE FLAGS does not
  // touch what the deleter marked.
  std::uint64_t untouched = 0;
  // Of a reader, whose `untouched` has \Deleted.
  ReadersMark readers_mark = ReadersMark::leave;
};

enum class FlagChange { replace, add, remove };

// "\\Seen" → kSeen; nothing for keywords and unknown \-names.
std::optional<std::uint64_t> system_flag(std::string_view name);
// The names of `flags`, separated by blanks: "\\Seen $Junk".
std::string flag_names(Flags flags, const std::vector<std::string>& keywords);
// Keywords are the same whatever their ASCII case (RFC 3501 section 9).
bool same_keyword(std::string_view a, std::string_view b);

} // namespace homespool::spool
