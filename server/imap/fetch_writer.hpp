// Renders FETCH responses (RFC 3501 section 7.4.2) for one message at a time.
//
// Text and small sections go into one string; long sections are left as ranges of the message's file, which
// the session streams in bounded memory. Not for: choosing messages, setting \Seen. Threads: the session's;
// no state between messages but the items.
#pragma once

#include "server/imap/fetch_items.hpp"
#include "spool/snapshot.hpp"

#include <boost/system/error_code.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace homespool::server::imap {

// What goes to the client: `text`, with each range put in before text[at]. Send it once text is long enough
// (64 KiB or so) or a range is there, then clear().
struct FetchOutput {
  struct FileRange {
    std::size_t at = 0;
    std::shared_ptr<const spool::MessageFile> file;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  std::string text;
  std::vector<FileRange> ranges; // rising `at`

  void clear() {
    text.clear();
    ranges.clear();
  }
};

// NUL → 0x80, in what is streamed from a file (RFC 3501 allows no NUL in a literal).
void replace_nul(std::span<char> bytes);

struct FetchMessage {
  std::uint32_t number = 0; // sequence number, from 1
  spool::Message message;   // flags as this client sees them
  bool recent = false;
  const spool::MessageDetails* details = nullptr; // if items.needs_details()
  std::shared_ptr<const spool::MessageFile> file; // if items.needs_file()
};

class FetchWriter {
 public:
  // Both must outlive the writer.
  FetchWriter(const FetchItems& items, const std::vector<std::string>& keywords)
      : items_(items), keywords_(keywords) {}

  // Appends "* 3 FETCH (…)\r\n". On error (a damaged record) nothing is appended: leave the message out, go
  // on with the others, and answer "NO [CORRUPTION] …" in the end. A section that does not exist is NIL.
  boost::system::error_code write(const FetchMessage& message, FetchOutput& out) const;

 private:
  boost::system::error_code write_items(const FetchMessage& message, FetchOutput& out) const;

  const FetchItems& items_;
  const std::vector<std::string>& keywords_;
};

} // namespace homespool::server::imap
