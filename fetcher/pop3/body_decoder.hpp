// The body of a multi-line answer: finds its end and takes the dot stuffing out, at stream speed (RFC 1939
// section 3).
//
// A line is one that follows a CRLF (or, with LineMode::lf, any LF); the first byte fed is at the start of a
// line. Bytes are not changed but for the stuffed dots; line ends stay as they came. Threads: values.
#pragma once

#include <cstddef>
#include <string_view>

namespace homespool::fetcher {

enum class LineMode { crlf, lf };

class BodyDecoder {
 public:
  explicit BodyDecoder(LineMode mode) : mode_(mode) {}

  struct Piece {
    std::string_view bytes;   // of the body; into the input, or a constant
    std::size_t consumed = 0; // of the input
    bool end = false;         // the final dot was consumed
  };
  // The next piece. Call again with the rest of the input until it is empty or `end` is true; pieces may be
  // empty.
  Piece next(std::string_view input);

 private:
  enum class At { line_start, after_cr, inside, dot, dot_cr };

  Piece after_dot(std::string_view input);
  Piece after_dot_cr(std::string_view input);
  bool starts_line(std::string_view input, std::size_t position) const;
  void remember_end(std::string_view input);

  LineMode mode_;
  At at_ = At::line_start;
};

} // namespace homespool::fetcher
