// Buffered reading of lines and counted bytes from a Stream. The one framing layer under POP3 (both sides)
// and IMAP.
//
// The buffer grows to what a line needs, up to the caller's limit, and is given back when it is empty and the
// reader waits. Views that are returned hold until the next call on the reader. Threads: the stream's.
#pragma once

#include "net/stream.hpp"

namespace homespool::net {

enum class LineEnd { crlf_or_lf, crlf_only };

class LineReader {
 public:
  explicit LineReader(Stream& stream) : stream_(&stream) {}
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // One line without its line end. error::message_size when `limit` bytes came without one, so the limit
  // counts the line end (what was read is kept, see skip_line); eof in the middle of a line is eof. After
  // interrupted or timed_out it can be called again.
  Awaitable<Result<std::string_view>> read_line(std::size_t limit, LineEnd ends = LineEnd::crlf_or_lf);
  // Whether the line just read ended in a bare LF.
  bool ended_in_bare_lf() const { return bare_lf_; }
  // Throws away up to and with the next LF, at most `limit` bytes (then error::message_size).
  Awaitable<ErrorCode> skip_line(std::size_t limit);

  // Waits for at least one byte, then everything that is buffered (64 KiB at most per fill). Take it with
  // consume().
  Awaitable<Result<std::string_view>> peek();
  // As peek, but returns only when at least one more byte than `have` is buffered.
  Awaitable<Result<std::string_view>> peek_more(std::size_t have);
  void consume(std::size_t bytes);

  // What has come and was not taken. Bytes here before a command is sent, or before a TLS handshake, are an
  // attack or an error.
  std::size_t buffered() const { return end_ - begin_; }
  void discard() { begin_ = end_ = 0; }

 private:
  Awaitable<ErrorCode> fill();
  void make_room();
  void give_back();

  Stream* stream_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t burst_ = 0;             // bytes that came since the buffer was last given back
  std::size_t first_size_ = 4 * 1024; // of the next buffer: what the last burst would have filled
  bool bare_lf_ = false;
  bool filled_up_ = false; // the last read filled all the space it was given: more is likely there
};

} // namespace homespool::net
