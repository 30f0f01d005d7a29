#include "net/connect.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace homespool::net {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

constexpr std::size_t kMostAddresses = 16;
constexpr int kMostLookups = 64;

// Lookups whose threads still run, also those that nobody waits for any more.
std::atomic<int> running_lookups{0};

using Endpoints = std::vector<tcp::endpoint>;

// Shared by the waiting coroutine and the thread that looks up, whichever lives longer. The thread says that
// it is done by closing its end of a pipe: it never touches an io_context, which may be gone by then.
struct Lookup {
  std::string host;
  std::uint16_t port = 0;
  int done = -1; // the thread's end of the pipe
  std::mutex mutex;
  std::optional<Result<Endpoints>> result;
};

// The waiting end, with the limit that ends the wait too.
struct Wait {
  explicit Wait(const asio::any_io_executor& executor) : done(executor), limit(executor) {}
  asio::posix::stream_descriptor done;
  asio::steady_timer limit;
  bool over = false; // the limit
};

ErrorCode from_lookup(int code) {
  switch (code) {
  case EAI_AGAIN:
    return asio::error::host_not_found_try_again;
  case EAI_FAIL:
    return asio::error::no_recovery;
  case EAI_MEMORY:
    return asio::error::no_memory;
  case EAI_SYSTEM:
    return {errno, boost::system::system_category()};
  default:
    return asio::error::host_not_found;
  }
}

Endpoints collect(const addrinfo* first, std::uint16_t port) {
  Endpoints endpoints;
  for (const addrinfo* at = first; at != nullptr && endpoints.size() < kMostAddresses; at = at->ai_next) {
    if (at->ai_family != AF_INET && at->ai_family != AF_INET6) continue;
    tcp::endpoint endpoint;
    std::memcpy(endpoint.data(), at->ai_addr, std::min<std::size_t>(at->ai_addrlen, endpoint.capacity()));
    endpoint.port(port);
    endpoints.push_back(endpoint);
  }
  return endpoints;
}

// Blocks. Names that have addresses of a family this machine lacks are asked for without them first.
Result<Endpoints> look_up(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  int code = 0;
  for (const int flags : {AI_ADDRCONFIG, 0}) {
    hints.ai_flags = flags;
    addrinfo* found = nullptr;
    code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (code == 0) {
      Endpoints endpoints = collect(found, port);
      ::freeaddrinfo(found);
      if (!endpoints.empty()) return endpoints;
      code = EAI_NONAME;
    }
    if (code == EAI_AGAIN || code == EAI_SYSTEM || code == EAI_MEMORY) break;
  }
  return from_lookup(code);
}

void look_up_and_tell(const std::shared_ptr<Lookup>& lookup) {
  Result<Endpoints> result = look_up(lookup->host, lookup->port);
  {
    const std::lock_guard lock(lookup->mutex);
    lookup->result.emplace(std::move(result));
  }
  ::close(lookup->done);
  --running_lookups;
}

// False when too many lookups hang, or there is no thread or no pipe to be had.
bool start(const std::shared_ptr<Lookup>& lookup, Wait& wait) {
  if (++running_lookups > kMostLookups) {
    --running_lookups;
    return false;
  }
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) == 0) {
    wait.done.assign(ends[0]);
    lookup->done = ends[1];
    try {
      std::thread(look_up_and_tell, lookup).detach();
      return true;
    } catch (const std::system_error&) {
      ::close(ends[1]);
    }
  }
  --running_lookups;
  return false;
}

} // namespace

Awaitable<Result<Endpoints>> resolve(std::string host, std::uint16_t port, std::chrono::seconds limit) {
  ErrorCode not_numeric;
  const auto address = asio::ip::make_address(host, not_numeric);
  if (!not_numeric) co_return Endpoints(1, tcp::endpoint(address, port));

  const auto lookup = std::make_shared<Lookup>();
  lookup->host = std::move(host);
  lookup->port = port;
  const auto wait = std::make_shared<Wait>(co_await asio::this_coro::executor);
  if (!start(lookup, *wait)) co_return ErrorCode(asio::error::try_again);
  wait->limit.expires_after(limit);
  wait->limit.async_wait([waiting = std::weak_ptr(wait)](ErrorCode ended) {
    const auto still = waiting.lock();
    if (ended || !still) return;
    still->over = true;
    still->done.cancel();
  });
  co_await wait->done.async_wait(asio::posix::stream_descriptor::wait_read,
                                 asio::as_tuple(asio::use_awaitable));
  const std::lock_guard lock(lookup->mutex);
  if (lookup->result) co_return std::move(*lookup->result);
  co_return ErrorCode(wait->over ? asio::error::timed_out : asio::error::operation_aborted);
}

} // namespace homespool::net
