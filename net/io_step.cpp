#include "net/io_step.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>

namespace homespool::net {
namespace {

constexpr std::size_t kBuffersAtOnce = 64;

IoStep from_errno(int error, Want want) {
  if (error == EAGAIN || error == EWOULDBLOCK) return IoStep::wait(want);
  return IoStep::failed(ErrorCode(error, boost::system::system_category()));
}

IoStep receive_with(int fd, boost::asio::mutable_buffer into, int flags) {
  for (;;) {
    const ssize_t got = ::recv(fd, into.data(), into.size(), flags);
    if (got > 0) return IoStep::moved(static_cast<std::size_t>(got));
    if (got == 0) return IoStep::failed(boost::asio::error::eof);
    if (errno != EINTR) return from_errno(errno, Want::read);
  }
}

} // namespace

IoStep receive(int fd, boost::asio::mutable_buffer into) {
  return receive_with(fd, into, 0);
}

IoStep peek(int fd) {
  char byte = 0;
  const IoStep step = receive_with(fd, boost::asio::buffer(&byte, 1), MSG_PEEK);
  return step.error || step.want != Want::nothing ? step : IoStep::moved(0);
}

IoStep send(int fd, std::span<const boost::asio::const_buffer> buffers, std::size_t offset) {
  std::array<iovec, kBuffersAtOnce> parts{};
  const std::size_t count = std::min(buffers.size(), parts.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t skipped = i == 0 ? offset : 0;
    parts[i].iov_base = static_cast<char*>(const_cast<void*>(buffers[i].data())) + skipped;
    parts[i].iov_len = buffers[i].size() - skipped;
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = count;
  for (;;) {
    const ssize_t sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent >= 0) return IoStep::moved(static_cast<std::size_t>(sent));
    if (errno != EINTR) return from_errno(errno, Want::write);
  }
}

} // namespace homespool::net
