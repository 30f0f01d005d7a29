// How much an IMAP client may make the server hold, each figure with its reason. Threads: values.
#pragma once

#include <cstddef>
#include <cstdint>

namespace homespool::server::imap {

struct Limits {
  // Bytes of a line of a command, literals apart. UID sets of big mailboxes are long; 64 KiB hold some 9,000
  // UIDs.
  std::size_t line = 64 * 1024;
  // All literals of a command together. Search words and mailbox names are short; APPEND's message is counted
  // by itself (server.largest_append).
  std::size_t literal_bytes = 1024 * 1024;
  // A command of 1 MiB made of empty literals would be a list of 200,000 arguments.
  std::size_t literals = 1'000;
  // Everything that is held in memory of one command.
  std::size_t arguments = 1024 * 1024;
  // Brackets in brackets: SEARCH keys recurse.
  std::size_t nesting = 50;
  // Ranges in a sequence set; 64 KiB hold no more than 32,768 of "1,".
  std::size_t ranges = 40'000;
  // FETCH items, SEARCH keys, flags, header names: elements of one list.
  std::size_t elements = 10'000;
  // Sections in one FETCH. Each may be as long as the message, so a short command could ask for hours of
  // work; a client that fetches every part of a message with its header asks for some dozens.
  std::size_t sections = 100;
  // Bytes of a keyword; it is kept with its mailbox for good.
  std::size_t keyword = 255;
  // APPEND's message is handed on to be streamed. Not before login, where it is a literal like others.
  bool stream_append = true;
  // Numbers in a section like BODY[1.2.3]; the parser of messages goes 100 deep.
  std::size_t section_path = 100;
};

// Before login: 8 KiB a line (no honest LOGIN or AUTHENTICATE is longer; OAuth tokens reach 4 KiB) and 8 KiB
// of literals in sum, so that strangers cost little.
constexpr Limits before_login() {
  Limits limits;
  limits.line = 8 * 1024;
  limits.literal_bytes = 8 * 1024;
  limits.literals = 100;
  limits.arguments = 16 * 1024;
  limits.stream_append = false;
  return limits;
}
// ID before login: RFC 2971 section 3.3 allows 30 pairs of 30 and 1,024 bytes.
inline constexpr std::size_t kIdLine = 33 * 1024;

// 3 bad commands before login and 20 after close the connection: no honest client gets there.
inline constexpr unsigned kBadBeforeLogin = 3;
inline constexpr unsigned kBadAfterLogin = 20;

// A refused command is thrown away up to this many bytes (an APPEND that is too large, with LITERAL+); then
// the connection is closed.
inline constexpr std::uint64_t kDiscard = 256ULL * 1024 * 1024;
inline constexpr std::uint64_t kDiscardBeforeLogin = 64 * 1024;

// A section of a message up to this size is copied into the response text; a longer one is streamed from the
// file.
inline constexpr std::size_t kInlineSection = 64 * 1024;
// Text of one message's response that is gathered before it is sent, though the message is not done: chosen
// header fields are made in memory, whatever their length.
inline constexpr std::size_t kInlineMessage = 1024 * 1024;

} // namespace homespool::server::imap
