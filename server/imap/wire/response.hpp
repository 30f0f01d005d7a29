// The words of IMAP responses: strings, flags, mailbox lines (RFC 3501 section 7). Each function appends to
// one output string. Threads: pure functions.
#pragma once

#include "server/imap/grammar/command.hpp"
#include "spool/mailbox.hpp"

#include <span>
#include <string>
#include <string_view>

namespace homespool::server::imap {

void append_number(std::string& out, std::uint64_t number);
// Quoted if it may be, else a literal; NUL becomes 0x80.
void append_string(std::string& out, std::string_view text);
// The same, or NIL.
void append_nstring(std::string& out, const std::string* text);
// `utf8`: the client enabled UTF8=ACCEPT.
void append_mailbox(std::string& out, std::string_view name, bool utf8);

// "(\Seen $Junk)", with \Recent last.
void append_flags(std::string& out, spool::Flags flags, const std::vector<std::string>& keywords,
                  bool recent);
// "* 3 FETCH (FLAGS (\Seen) UID 12 MODSEQ (7))\r\n": what unsolicited and STORE's responses are.
struct FlagsLine {
  std::uint32_t number = 0;
  spool::Flags flags;
  bool recent = false;
  std::optional<spool::Uid> uid;
  std::optional<spool::ModSeq> modseq;
};
void append_flags_line(std::string& out, const FlagsLine& line, const std::vector<std::string>& keywords);

// "* LIST (\HasNoChildren \Sent) "/" Sent\r\n"; `child_info`: ("CHILDINFO" ("SUBSCRIBED")) follows.
struct ListLine {
  command::List::Kind kind = command::List::Kind::list;
  std::vector<std::string_view> attributes;
  std::string_view name;
  bool child_info = false;
};
void append_list_line(std::string& out, const ListLine& line, bool utf8);

// "* STATUS INBOX (MESSAGES 3 UIDNEXT 7)\r\n"
void append_status_line(std::string& out, std::string_view name, const spool::MailboxCounts& counts,
                        std::span<const command::StatusItem> items, std::uint64_t append_limit, bool utf8);

// "* SEARCH 2 84 882\r\n" piece by piece is the caller's; "1:3,7" of rising numbers:
std::string number_set(std::span<const std::uint32_t> rising);

// Text from outside inside a response text: controls and 8-bit as '?', at most `limit` bytes.
std::string safe_text(std::string_view text, std::size_t limit = 500);

} // namespace homespool::server::imap
