#include "fetcher/pop3/body_decoder.hpp"

namespace homespool::fetcher {

// Dots are rarer than lines in what makes mail large (base64 has none), so dots are looked for, not lines.
BodyDecoder::Piece BodyDecoder::next(std::string_view input) {
  if (input.empty()) return {};
  if (at_ == At::dot) return after_dot(input);
  if (at_ == At::dot_cr) return after_dot_cr(input);
  Piece piece;
  for (std::size_t dot = input.find('.'); dot != std::string_view::npos; dot = input.find('.', dot + 1)) {
    if (!starts_line(input, dot)) continue;
    piece.bytes = input.substr(0, dot);
    piece.consumed = dot + 1;
    at_ = At::dot;
    return piece;
  }
  piece.bytes = input;
  piece.consumed = input.size();
  remember_end(input);
  return piece;
}

BodyDecoder::Piece BodyDecoder::after_dot(std::string_view input) {
  Piece piece;
  if (input[0] == '\r') {
    at_ = At::dot_cr;
    piece.consumed = 1;
  } else if (input[0] == '\n' && mode_ == LineMode::lf) {
    piece.consumed = 1;
    piece.end = true;
  } else { // the dot was stuffed: what follows is the line
    piece.bytes = input.substr(0, 1);
    piece.consumed = 1;
    at_ = At::inside;
  }
  return piece;
}

BodyDecoder::Piece BodyDecoder::after_dot_cr(std::string_view input) {
  Piece piece;
  if (input[0] == '\n') {
    piece.consumed = 1;
    piece.end = true;
  } else { // ".\r" and more: a stuffed dot before a lone CR
    piece.bytes = "\r";
    at_ = At::after_cr;
  }
  return piece;
}

bool BodyDecoder::starts_line(std::string_view input, std::size_t position) const {
  if (position == 0) return at_ == At::line_start;
  if (input[position - 1] != '\n') return false;
  if (mode_ == LineMode::lf) return true;
  return position == 1 ? at_ == At::after_cr : input[position - 2] == '\r';
}

void BodyDecoder::remember_end(std::string_view input) {
  const char last = input.back();
  const bool line_end =
      last == '\n' &&
      (mode_ == LineMode::lf || (input.size() > 1 ? input[input.size() - 2] == '\r' : at_ == At::after_cr));
  at_ = line_end ? At::line_start : last == '\r' ? At::after_cr : At::inside;
}

} // namespace homespool::fetcher
