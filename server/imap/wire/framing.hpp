// Where a command of a client ends: lines and literals (RFC 3501 section 4.3, RFC 7888), not grammar.
//
// For: the session, which hands it what is buffered since the command began, again whenever more has come.
// Work is linear in the bytes: nothing is looked at twice. A line ends in CRLF or in a bare LF. Threads: the
// session's.
#pragma once

#include "server/imap/limits.hpp"

#include <cstdint>
#include <string_view>

namespace homespool::server::imap {

struct Frame {
  enum class Kind {
    more,     // read on
    complete, // the command is the first `bytes`, with its last line end
    literal,  // a synchronising literal was announced: send "+ ", then read on
    message, // APPEND's message of `literal` bytes follows the first `bytes`; see `synchronising`. The framer
             // is done: stream the literal, then frame the rest of the line by a fresh framer
    refused, // over a limit, see `why`. Take `bytes`. Synchronising: answer BAD, the client sends no more of
             // it. Else let a Discarder take what follows, then answer BAD
  };
  enum class Why { none, line_too_long, too_many_literals, literal_too_long, too_long };
  Kind kind = Kind::more;
  std::size_t bytes = 0;
  std::uint64_t literal = 0;
  bool synchronising = false;
  Why why = Why::none;
};

// One command; make a new one (or reset) for each.
class Framer {
 public:
  explicit Framer(const Limits& limits) : limits_(limits) {}
  // `buffered`: every byte since the command's first, never less than the call before.
  Frame next(std::string_view buffered);
  void reset(const Limits& limits) { *this = Framer(limits); }

 private:
  Frame announced(std::string_view buffered, std::uint64_t size, bool synchronising, std::size_t next_line);
  Frame refuse(Frame::Why why) const;

  Limits limits_;
  std::size_t line_begin_ = 0; // of the line looked at
  std::size_t seen_ = 0; // nothing before it is a line end of this line; may lie beyond what is buffered
  std::size_t literals_ = 0;
  std::uint64_t literal_bytes_ = 0;
};

// The literal that a line announces by ending in {12}, {12+}, ~{12} or ~{12+}.
struct LiteralHeader {
  std::size_t at = 0;     // of the brace (or tilde) in the line
  std::uint64_t size = 0; // 2^63 - 1 for anything larger
  bool synchronising = true;
};
// `line` without its line end. False: it announces none.
bool find_literal(std::string_view line, LiteralHeader& found);

// Throws a refused command away whole, with the non-synchronising literals it announces, so that none of its
// bytes is ever taken for a command. Constant memory.
class Discarder {
 public:
  // Starts at the beginning of a line, or inside a literal of which this much is to come.
  explicit Discarder(std::uint64_t literal = 0) : skip_(literal), total_(literal) {}
  // How many of these bytes belong to the command: take them.
  std::size_t take(std::string_view bytes);
  bool done() const { return done_; }
  // Bytes taken and announced so far; close the connection when it passes kDiscard.
  std::uint64_t total() const { return total_; }

 private:
  static constexpr std::size_t kTail = 32;
  void keep_tail(std::string_view piece);
  void end_of_line();

  char tail_[kTail] = {}; // the end of the line so far
  std::size_t tail_size_ = 0;
  std::uint64_t skip_;
  std::uint64_t total_;
  bool done_ = false;
};

} // namespace homespool::server::imap
