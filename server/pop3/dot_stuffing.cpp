#include "server/pop3/dot_stuffing.hpp"

#include <cstring>

namespace homespool::server::pop3 {

void DotStuffer::add(std::string_view piece, std::string& out) {
  if (piece.empty()) {
    return;
  }
  if (last_ == '\n' && piece.front() == '.') {
    out += '.';
  }
  last_ = piece.back();
  while (!piece.empty()) {
    const auto* const found = static_cast<const char*>(memmem(piece.data(), piece.size(), "\n.", 2));
    if (found == nullptr) {
      out += piece;
      return;
    }
    const auto upto = static_cast<std::size_t>(found - piece.data()) + 1;
    out += piece.substr(0, upto);
    out += '.';
    piece.remove_prefix(upto);
    // The dot itself goes out with the next piece, which does not begin with "\n.".
  }
}

void DotStuffer::finish(std::string& out) {
  if (last_ != '\n') {
    out += "\r\n";
  }
  out += ".\r\n";
}

std::string_view LineCutter::take(std::string_view piece) {
  std::size_t end = 0;
  while (left_ != 0 && end < piece.size()) {
    const auto at = piece.find('\n', end);
    if (at == std::string_view::npos) {
      return piece;
    }
    end = at + 1;
    --left_;
  }
  return piece.substr(0, end);
}

} // namespace homespool::server::pop3
