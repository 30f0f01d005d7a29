// From a host name to a connected stream: lookup, then every address until one answers.
//
// Threads: any network thread; the stream belongs to the caller's.
#pragma once

#include "net/stream.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <vector>

namespace homespool::net {

// The addresses of `host` (a name or a number), at most 16. Runs on a thread of its own with a deadline, so
// one dead name server delays nobody else; at most 64 lookups at once. Errors: host_not_found, timed_out,
// try_again.
Awaitable<Result<std::vector<boost::asio::ip::tcp::endpoint>>> resolve(std::string host, std::uint16_t port,
                                                                       std::chrono::seconds limit);

// The first address that answers; the next one is tried after a refusal at once, beside a silent one after 2
// s (RFC 8305). The error is that of the first address.
Awaitable<Result<std::unique_ptr<Stream>>> connect(std::vector<boost::asio::ip::tcp::endpoint> endpoints,
                                                   std::chrono::seconds limit);

} // namespace homespool::net
