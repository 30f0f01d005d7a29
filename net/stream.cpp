#include "net/stream.hpp"

namespace homespool::net {

Awaitable<ErrorCode> Stream::write(std::string_view bytes) {
  const boost::asio::const_buffer whole(bytes.data(), bytes.size());
  const std::span<const boost::asio::const_buffer> one(&whole, 1);
  co_return co_await write(one);
}

} // namespace homespool::net
