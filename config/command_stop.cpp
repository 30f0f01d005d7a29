#include "config/command_stop.hpp"

#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

namespace homespool::config {

CommandStop::CommandStop() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

CommandStop::~CommandStop() {
  if (event_ >= 0) ::close(event_);
}

void CommandStop::now() {
  wanted_ = true;
  if (event_ >= 0) ::eventfd_write(event_, 1); // cannot fail: nobody else counts it up
}

} // namespace homespool::config
