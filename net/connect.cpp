#include "net/connect.hpp"

#include "net/socket_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>

namespace homespool::net {
namespace asio = boost::asio;
using asio::ip::tcp;
using Steady = std::chrono::steady_clock;
namespace {

constexpr std::chrono::seconds kBesideASilentOne{2};

struct Attempt {
  explicit Attempt(const asio::any_io_executor& executor) : socket(executor) {}
  tcp::socket socket;
  std::optional<ErrorCode> outcome; // none yet: under way
};

// All attempts of one connect(). Handlers hold it, so that it outlives a caller that was cancelled.
struct Race {
  explicit Race(const asio::any_io_executor& executor) : changed(executor) {}
  asio::steady_timer changed; // its wait is cancelled when an attempt ends
  std::vector<std::unique_ptr<Attempt>> attempts;

  Attempt* winner() const {
    for (const auto& attempt : attempts) {
      if (attempt->outcome && !*attempt->outcome) return attempt.get();
    }
    return nullptr;
  }
  bool all_ended() const {
    return std::all_of(attempts.begin(), attempts.end(),
                       [](const auto& attempt) { return attempt->outcome.has_value(); });
  }
  ErrorCode first_error() const {
    if (attempts.empty() || !attempts.front()->outcome) return asio::error::timed_out;
    return *attempts.front()->outcome;
  }
};

void start(const std::shared_ptr<Race>& race, const asio::any_io_executor& executor,
           const tcp::endpoint& endpoint) {
  race->attempts.push_back(std::make_unique<Attempt>(executor));
  Attempt& attempt = *race->attempts.back();
  ErrorCode error;
  attempt.socket.open(endpoint.protocol(), error);
  if (error) {
    attempt.outcome = error;
    return;
  }
  attempt.socket.async_connect(endpoint, [race, &attempt](ErrorCode ended) {
    attempt.outcome = ended;
    race->changed.cancel();
  });
}

// Ends what still runs when the caller is done or gone.
class EndAll {
 public:
  explicit EndAll(Race& race) : race_(race) {}
  ~EndAll() {
    ErrorCode ignored;
    for (const auto& attempt : race_.attempts) attempt->socket.close(ignored);
  }
  EndAll(const EndAll&) = delete;
  EndAll& operator=(const EndAll&) = delete;

 private:
  Race& race_;
};

} // namespace

Awaitable<Result<std::unique_ptr<Stream>>> connect(std::vector<tcp::endpoint> endpoints,
                                                   std::chrono::seconds limit) {
  if (endpoints.empty()) co_return ErrorCode(asio::error::host_not_found);
  const auto executor = co_await asio::this_coro::executor;
  const auto race = std::make_shared<Race>(executor);
  const EndAll end_all(*race);
  const auto deadline = Steady::now() + limit;
  auto next_start = Steady::now();
  for (std::size_t next = 0;;) {
    Attempt* const winner = race->winner();
    if (winner != nullptr) co_return make_socket_stream(std::move(winner->socket));
    const auto now = Steady::now();
    if (now >= deadline) co_return race->first_error();
    const bool left = next < endpoints.size();
    if (!left && race->all_ended()) co_return race->first_error();
    if (left && (race->all_ended() || now >= next_start)) {
      start(race, executor, endpoints[next++]);
      next_start = now + kBesideASilentOne;
      continue;
    }
    race->changed.expires_at(left ? std::min(deadline, next_start) : deadline);
    co_await race->changed.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none)
      co_return ErrorCode(asio::error::operation_aborted);
  }
}

} // namespace homespool::net
