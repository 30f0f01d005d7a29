// The grammar of IMAP commands: a whole command in, a value or a located error out.
//
// For: the session, after framing. The bytes hold their literals in line, as they came. Total, no throwing;
// linear time. Threads: pure functions.
#pragma once

#include "server/imap/grammar/command.hpp"
#include "server/imap/limits.hpp"

#include <boost/system/result.hpp>
#include <string>
#include <string_view>

namespace homespool::server::imap {

struct ParseError {
  enum class Answer { bad, no }; // no: well formed, but it names what cannot be (a mailbox name, a date)
  std::size_t at = 0;            // byte of the command
  Answer answer = Answer::bad;
  std::string text; // a sentence without a stop, safe to send
};

struct ParserOptions {
  Limits limits;
  bool utf8 = false; // UTF8=ACCEPT was enabled: mailbox names in quotes are UTF-8 (RFC 6855)
};

struct Parsed {
  std::string tag;  // "*" when there is no usable one
  std::string name; // the command word in upper case ("UID FETCH"), for logs; empty when it is none
  boost::system::result<Command, ParseError> command;
};

// `command` with or without its last line end. An APPEND is parsed up to its message's literal header, with
// which the bytes then end (Frame::Kind::message).
Parsed parse_command(std::string_view command, const ParserOptions& options);

// The tag alone, for answers to commands that were refused before they were parsed. "*" when there is none.
std::string tag_of(std::string_view command);

} // namespace homespool::server::imap
