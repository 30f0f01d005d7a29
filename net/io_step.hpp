// What one try at a non-blocking socket came to, and the tries for plain sockets.
//
// For: SocketStream, which waits and tries again. Threads: none; pure calls on a descriptor.
#pragma once

#include "net/stream.hpp"

namespace homespool::net {

enum class Want { nothing, read, write };

// Exactly one of: bytes moved (or the step done, when `want` is nothing and there is no error), a wish to
// wait, an error.
struct IoStep {
  std::size_t bytes = 0;
  Want want = Want::nothing;
  ErrorCode error;

  static IoStep moved(std::size_t bytes) { return {bytes, Want::nothing, {}}; }
  static IoStep wait(Want want) { return {0, want, {}}; }
  static IoStep failed(ErrorCode error) { return {0, Want::nothing, error}; }
};

// recv; a closed peer is error::eof.
IoStep receive(int fd, boost::asio::mutable_buffer into);
// Done when there is a byte to receive; it stays.
IoStep peek(int fd);
// sendmsg of as many of the buffers as the kernel takes at once, starting `offset` bytes into the first;
// never raises SIGPIPE.
IoStep send(int fd, std::span<const boost::asio::const_buffer> buffers, std::size_t offset);

} // namespace homespool::net
