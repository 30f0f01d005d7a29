#include "server/session.hpp"

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace homespool::server {
namespace {

// Connections of one address that are not logged in; one more makes the oldest of them go.
constexpr std::size_t kWaitingPerAddress = 30;
constexpr std::string_view kCrowdedOut = "too many connections from your address are waiting to log in";

} // namespace

struct SessionTicket::State {
  Protocol protocol;
  std::string address;
  boost::asio::any_io_executor executor;
  std::function<void()> wake;             // session's thread only; empty once the session is gone
  boost::asio::cancellation_signal waits; // session's thread only
  std::atomic<bool> must_end{false}, sent_away{false};
  // Under the registry's mutex:
  bool is_logged_in = false;
  std::string user, login;
  std::optional<std::string> end_reason;
};

namespace {

using StatePtr = std::shared_ptr<SessionTicket::State>;

// With the registry's mutex held.
void ask_to_end(const StatePtr& state, const std::string& reason) {
  if (state->end_reason) {
    return;
  }
  state->end_reason = reason;
  state->must_end = true;
  boost::asio::post(state->executor, [state] {
    if (state->wake) {
      state->waits.emit(boost::asio::cancellation_type::terminal);
      state->wake();
    }
  });
}

} // namespace

SessionTicket::SessionTicket(SessionRegistry& registry, Protocol protocol, std::string address,
                             boost::asio::any_io_executor executor, std::function<void()> wake)
    : registry_(registry), state_(std::make_shared<State>()) {
  state_->protocol = protocol;
  state_->address = std::move(address);
  state_->executor = std::move(executor);
  state_->wake = std::move(wake);
  const std::lock_guard lock(registry_.mutex_);
  std::size_t waiting = 0;
  StatePtr oldest;
  for (const StatePtr& other : registry_.sessions_) {
    if (other->is_logged_in || other->end_reason || other->address != state_->address) {
      continue;
    }
    if (!oldest) {
      oldest = other;
    }
    ++waiting;
  }
  if (waiting >= kWaitingPerAddress) {
    ask_to_end(oldest, std::string(kCrowdedOut));
  }
  place_ = registry_.sessions_.insert(registry_.sessions_.end(), state_);
  if (registry_.all_end_) {
    ask_to_end(state_, *registry_.all_end_);
  }
}

SessionTicket::~SessionTicket() {
  state_->wake = nullptr;
  const std::lock_guard lock(registry_.mutex_);
  registry_.sessions_.erase(place_);
}

void SessionTicket::logged_in(const std::string& user, const std::string& login) {
  const std::lock_guard lock(registry_.mutex_);
  state_->is_logged_in = true;
  state_->user = user;
  state_->login = login;
}

std::optional<std::string> SessionTicket::end_reason() const {
  const std::lock_guard lock(registry_.mutex_);
  return state_->end_reason;
}

bool SessionTicket::must_end() const {
  return state_->must_end;
}

bool SessionTicket::sent_away() const {
  return state_->sent_away;
}

Awaitable<bool> SessionTicket::wait(Awaitable<void> wait) {
  if (must_end()) {
    co_return false;
  }
  const auto executor = co_await boost::asio::this_coro::executor;
  auto token = boost::asio::bind_cancellation_slot(state_->waits.slot(), boost::asio::use_awaitable);
  try {
    co_await boost::asio::co_spawn(executor, std::move(wait), token);
  } catch (const boost::system::system_error& error) {
    if (error.code() != boost::asio::error::operation_aborted) {
      throw;
    }
    co_return false;
  }
  co_return true;
}

void SessionRegistry::end_all(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  all_end_ = reason;
  for (const StatePtr& session : sessions_) {
    ask_to_end(session, reason);
  }
}

void SessionRegistry::end_login(const std::string& login, const std::string& reason,
                                std::optional<Protocol> protocol) {
  const std::lock_guard lock(mutex_);
  for (const StatePtr& session : sessions_) {
    const bool meant = !protocol || session->protocol == *protocol;
    if (meant && session->is_logged_in && session->login == login) {
      session->sent_away = true;
      ask_to_end(session, reason);
    }
  }
}

std::size_t SessionRegistry::count(Protocol protocol) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(sessions_.begin(), sessions_.end(),
                    [protocol](const StatePtr& session) { return session->protocol == protocol; }));
}

} // namespace homespool::server
