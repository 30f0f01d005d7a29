// What programs that keep mail in mbox files write into a message's header to remember its state: Status,
// X-Status, X-Keywords, X-UID, X-IMAP, X-IMAPbase, and Mozilla's. They are the file's, not the message's: a
// message is taken out of an mbox without them.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace homespool::mail {

struct MboxMarks {
  std::vector<std::string> flags;              // as IMAP names them: "\\Seen", "$Forwarded"
  std::optional<std::uint64_t> content_length; // as the header says
  bool served = false;                         // an IMAP server keeps its numbers in this file
  bool expunged = false; // Mozilla: deleted, and still there until the file is compacted
  bool internal = false; // no message, but where an IMAP server keeps numbers of the folder
};

MboxMarks read_marks(std::string_view header);
// The header without them; `content_length`: without that too.
std::string without_marks(std::string_view header, bool content_length);

} // namespace homespool::mail
