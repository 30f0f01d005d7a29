#include "spool/transfer/line_ends.hpp"

#include <utility>

namespace homespool::spool {

void LineEnds::look(std::string_view part) {
  for (const char c : part) {
    if (c == '\n') {
      crlfs_ += after_cr_ ? 1 : 0;
      doubled_ = doubled_ || after_two_;
    }
    after_two_ = after_cr_ && c == '\r';
    after_cr_ = c == '\r';
  }
}

void ToBareLf::append(std::string_view part, std::string& out) {
  for (const char c : part) {
    if (std::exchange(held_cr_, c == '\r') && c != '\n') out.push_back('\r');
    if (c != '\r') out.push_back(c);
  }
}

void ToBareLf::finish(std::string& out) {
  if (std::exchange(held_cr_, false)) out.push_back('\r');
}

} // namespace homespool::spool
