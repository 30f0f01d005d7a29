// Byte-stuffing of multi-line responses (RFC 1939 section 3) and the cut that TOP makes.
//
// Pure, fed in pieces of any size. Messages are in wire form (CRLF).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace homespool::server::pop3 {

class DotStuffer {
 public:
  // Appends `piece` to `out` with a dot before each dot that begins a line.
  void add(std::string_view piece, std::string& out);
  // Ends the body: a line end if the last line had none, then the final dot.
  void finish(std::string& out);

 private:
  char last_ = '\n'; // of what was added
};

// Counts the lines of a body as TOP wants them.
class LineCutter {
 public:
  explicit LineCutter(std::uint32_t lines) : left_(lines) {}
  // The part of `piece` up to the end of the last line wanted.
  std::string_view take(std::string_view piece);
  bool done() const { return left_ == 0; }

 private:
  std::uint32_t left_;
};

} // namespace homespool::server::pop3
