#include "net/connect.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <system_error>
#include <thread>

namespace homespool::net {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

constexpr std::size_t kMostAddresses = 16;
constexpr int kMostLookups = 64;

// Lookups whose threads still run, also those that nobody waits for any more.
std::atomic<int> running_lookups{0};

using Endpoints = std::vector<tcp::endpoint>;

// Shared by the waiting coroutine and the thread that looks up, whichever lives longer.
struct Lookup {
  std::string host;
  std::uint16_t port = 0;
  std::mutex mutex;
  asio::steady_timer* waiter = nullptr; // null: nobody waits any more, and the io_context may be gone
  std::optional<Result<Endpoints>> result;
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
    if (lookup->waiter != nullptr) {
      asio::post(lookup->waiter->get_executor(), [lookup] {
        const std::lock_guard again(lookup->mutex);
        if (lookup->waiter != nullptr) lookup->waiter->cancel();
      });
    }
  }
  --running_lookups;
}

// False when too many lookups hang, or there is no thread to be had.
bool start(const std::shared_ptr<Lookup>& lookup) {
  if (++running_lookups > kMostLookups) {
    --running_lookups;
    return false;
  }
  try {
    std::thread(look_up_and_tell, lookup).detach();
  } catch (const std::system_error&) {
    --running_lookups;
    return false;
  }
  return true;
}

// However the waiting coroutine ends, also by being destroyed with its io_context, the thread learns of it.
class Waiting {
 public:
  Waiting(Lookup& lookup, asio::steady_timer& timer) : lookup_(lookup) { lookup_.waiter = &timer; }
  ~Waiting() {
    const std::lock_guard lock(lookup_.mutex);
    lookup_.waiter = nullptr;
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  Lookup& lookup_;
};

} // namespace

Awaitable<Result<Endpoints>> resolve(std::string host, std::uint16_t port, std::chrono::seconds limit) {
  ErrorCode not_numeric;
  const auto address = asio::ip::make_address(host, not_numeric);
  if (!not_numeric) co_return Endpoints(1, tcp::endpoint(address, port));

  const auto lookup = std::make_shared<Lookup>();
  lookup->host = std::move(host);
  lookup->port = port;
  asio::steady_timer timer(co_await asio::this_coro::executor, limit);
  const Waiting waiting(*lookup, timer);
  if (!start(lookup)) co_return ErrorCode(asio::error::try_again);
  const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));

  const std::lock_guard lock(lookup->mutex);
  if (lookup->result) co_return std::move(*lookup->result);
  co_return ErrorCode(error ? asio::error::operation_aborted : asio::error::timed_out);
}

} // namespace homespool::net
