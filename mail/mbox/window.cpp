#include "mail/mbox/window.hpp"

#include <cstring>

namespace homespool::mail {

std::string_view Window::ahead(std::size_t want) {
  while (end_ - begin_ < want && !error_ && offset_ + end_ < source_.size()) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    offset_ += begin_;
    end_ -= begin_;
    begin_ = 0;
    const auto got = source_.read(offset_ + end_, std::span(buffer_).subspan(end_));
    if (!got)
      error_ = got.error();
    else if (*got == 0)
      error_ = make_error_code(boost::system::errc::no_message_available); // it has become shorter
    else
      end_ += *got;
  }
  return {buffer_.data() + begin_, end_ - begin_};
}

} // namespace homespool::mail
