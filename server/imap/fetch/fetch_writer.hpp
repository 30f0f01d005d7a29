// Renders FETCH responses (RFC 3501 section 7.4.2) for one message at a time.
//
// Text and small sections go into one string; long sections are left as ranges of the message's file, which
// the session streams in bounded memory. Not for: choosing messages, setting \Seen. Threads: the session's;
// no state between messages but the items.
#pragma once

#include "server/imap/fetch/fetch_items.hpp"
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

// One message's response, an item at a time: many long sections need not be in memory at once.
class FetchResponse {
 public:
  // All must outlive it.
  FetchResponse(const FetchItems& items, const std::vector<std::string>& keywords,
                const FetchMessage& message, FetchOutput& out);
  ~FetchResponse();
  FetchResponse(const FetchResponse&) = delete;
  FetchResponse& operator=(const FetchResponse&) = delete;

  bool done() const { return next_ == items_.order.size(); }
  // Appends the next item; the first comes behind "* 3 FETCH (", the last with ")\r\n". A section that does
  // not exist is NIL. On error (a record that cannot be read) the response is of no use.
  boost::system::error_code next();

 private:
  class Sections;
  boost::system::error_code write(FetchItem item);

  const FetchItems& items_;
  const std::vector<std::string>& keywords_;
  const FetchMessage& message_;
  FetchOutput& out_;
  std::unique_ptr<Sections> sections_;
  std::size_t next_ = 0;
  std::size_t next_section_ = 0;
};

class FetchWriter {
 public:
  // Both must outlive the writer.
  FetchWriter(const FetchItems& items, const std::vector<std::string>& keywords)
      : items_(items), keywords_(keywords) {}

  // Appends the whole response. On error nothing is appended: leave the message out, go on with the others,
  // and answer NO in the end.
  boost::system::error_code write(const FetchMessage& message, FetchOutput& out) const;
  const FetchItems& items() const { return items_; }
  const std::vector<std::string>& keywords() const { return keywords_; }

 private:
  const FetchItems& items_;
  const std::vector<std::string>& keywords_;
};

} // namespace homespool::server::imap
