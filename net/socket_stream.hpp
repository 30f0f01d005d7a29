// Stream over a connected TCP or local socket, plain at first, TLS once start_tls has been called.
//
// TLS works on the socket itself (no second set of buffers), so an idle TLS connection holds only OpenSSL's
// state with its buffers released. Reads and writes are tried without waiting first. Threads: the socket's
// io_context.
#pragma once

#include "net/stream.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

namespace homespool::net {

std::unique_ptr<Stream> make_socket_stream(boost::asio::ip::tcp::socket socket);
std::unique_ptr<Stream> make_socket_stream(boost::asio::local::stream_protocol::socket socket);
std::unique_ptr<Stream> make_socket_stream(boost::asio::generic::stream_protocol::socket socket);

} // namespace homespool::net
