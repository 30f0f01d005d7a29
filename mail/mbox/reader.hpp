// The messages of an mbox file, one after another, each as it was before it was put there.
//
// All four ways of telling messages apart from lines that begin with "From " are read (RFC 4155 names none of
// them): mboxo and mboxrd put a '>' before such a line, mboxcl counts the body's bytes as well, mboxcl2 only
// counts. A Content-Length is believed when it leads exactly to the next From_ line or to the end; such a
// body has its '>' taken away unless some counted body of the file has a bare "From " line, which only
// mboxcl2 leaves. Else every line of '>' and "From " loses one '>': right for mboxrd, and for mboxo but for
// lines that were there with a '>' before. Files that an IMAP server works in (X-UID, X-IMAPbase) keep every
// '>', as their server shows them. The empty line before a From_ line is the file's, as are the marks
// (mail/mbox/marks.hpp) and a Content-Length that was believed.
//
// Memory: some 300 KiB and a header of at most kMaxHeader, whatever the size of the file and its messages.
// Total: every file is read to its end; what is no mail is told of. Threads: one owner.
#pragma once

#include "mail/mbox/from_line.hpp"
#include "mail/mbox/marks.hpp"
#include "mail/mbox/window.hpp"

namespace homespool::mail {

struct MboxMessage {
  std::uint64_t offset = 0; // of its From_ line
  std::optional<std::chrono::sys_seconds> date;
  std::string header; // up to and with the empty line, without marks
  MboxMarks marks;
};

struct MboxFault {
  std::uint64_t offset = 0;
  std::string sentence;
};

struct MboxStyle {
  bool counted_are_bare = false; // mboxcl2
  bool all_are_bare = false;     // an IMAP server's
};

class MboxReader {
 public:
  static constexpr std::size_t kMaxHeader = std::size_t{1} << 20; // what follows counts as body

  static constexpr std::size_t kMostFaults = 1000;

  explicit MboxReader(ByteSource& source, MboxStyle style = {});

  // The next message; false at the end. What was not read of the one before is passed over.
  bool next(MboxMessage& message);
  // Appends the next part of its body to `out`; false when there is none. A part is 64 KiB or a little more.
  bool read(std::string& out);
  // The message is not whole: the file could not be read on.
  bool broken() const { return static_cast<bool>(window_.error()); }

  // What was found since the last call; of very much the first kMostFaults.
  std::vector<MboxFault> take_faults() { return std::exchange(faults_, {}); }
  std::uint64_t offset() const { return window_.offset(); }

  // For survey_mbox(): bodies whose Content-Length was believed, and bare From_ lines in them.
  std::uint64_t counted() const { return counted_; }
  std::uint64_t bare_lines() const { return bare_lines_; }
  bool served() const { return served_; } // its first "message" holds a server's numbers

 private:
  bool at_boundary();
  void find_first();
  void begin_message(MboxMessage& message);
  void read_header(MboxMessage& message);
  bool leads_to_boundary(std::uint64_t offset);
  bool take_line(std::string& out);
  bool take_counted(std::string& out);
  void copy_line(std::string_view line, bool unquote, std::string& out);
  void end_message();
  void skip_blank_lines();
  void fault(std::uint64_t offset, std::string sentence);

  ByteSource& source_;
  Window window_;
  MboxStyle style_;
  std::vector<MboxFault> faults_;
  std::uint64_t message_at_ = 0;
  std::uint64_t counted_ = 0, bare_lines_ = 0;
  std::optional<std::uint64_t> left_; // of a counted body
  std::string held_;                  // an empty line that may be the file's
  bool in_message_ = false, in_header_ = false;
  bool line_start_ = true, after_blank_ = true;
  bool first_ = true;
  bool served_ = false;
  bool promises_more_ = false; // Content-Length points behind the end
};

// How the counted bodies of this file are quoted: read through once, but no further than is needed to know.
MboxStyle survey_mbox(ByteSource& source);

} // namespace homespool::mail
