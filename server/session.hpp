// What every POP3 and IMAP session is given, and how it can be asked to end.
//
// For: server/pop3 and server/imap. Not for: accepting connections (server/server.hpp) or checking passwords
// (server/authenticator.hpp). Threads: Shared is shared by all network threads; a ThreadRoom belongs to one.
#pragma once

#include "config/current.hpp"
#include "config/settings.hpp"
#include "net/clock.hpp"
#include "net/stream.hpp"
#include "net/threads.hpp"
#include "net/tls_context.hpp"
#include "spool/spool.hpp"

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace homespool::server {

template <class T>
using Awaitable = boost::asio::awaitable<T>;
using net::ErrorCode;
using net::Result;

enum class Protocol { pop3, imap };

class Authenticator;
class SessionRegistry;

// One per daemon.
struct Shared {
  spool::Spool& spool;
  net::Clock& clock;
  net::WorkerPool& workers;
  Authenticator& authenticator;
  SessionRegistry& sessions;
  // Replaced as a whole by a reload.
  config::Current<const config::Settings>& settings;
  // For STLS, STARTTLS and the implicit listeners; replaced by a reload.
  config::Current<net::TlsContext>& pop3_tls;
  config::Current<net::TlsContext>& imap_tls;
};

// One per network thread.
struct ThreadRoom {
  Shared& shared;
  spool::Reader& reader;
};

// A session's place in the registry. Made when the connection is accepted, on the session's thread; gone with
// it.
class SessionTicket {
 public:
  // `wake` is called on the session's thread after end_reason was set (it interrupts the stream).
  SessionTicket(SessionRegistry& registry, Protocol protocol, std::string address,
                boost::asio::any_io_executor executor, std::function<void()> wake);
  ~SessionTicket();
  SessionTicket(const SessionTicket&) = delete;
  SessionTicket& operator=(const SessionTicket&) = delete;

  void logged_in(const std::string& user, const std::string& login);
  // Set when the session has to end: the sentence for "* BYE" or "-ERR [SYS/TEMP]". Look after each wake-up.
  std::optional<std::string> end_reason() const;
  // The same without the sentence: costs nothing.
  bool must_end() const;
  // The settings took the login away: it gets nothing more, not even the rest of an answer.
  bool sent_away() const;
  // Awaits `wait` (a delay, a place in a queue), which is cancelled when the session has to end. False when
  // it was, or when the session had to end before.
  Awaitable<bool> wait(Awaitable<void> wait);

  struct State;

 private:
  SessionRegistry& registry_;
  std::shared_ptr<State> state_;
  std::list<std::shared_ptr<State>>::iterator place_;
};

// All sessions of the daemon. Any thread.
class SessionRegistry {
 public:
  // Asks sessions to end: all, also those that come later, or those of one login (over one protocol, or
  // both).
  void end_all(const std::string& reason);
  void end_login(const std::string& login, const std::string& reason,
                 std::optional<Protocol> protocol = std::nullopt);
  // Connections now (logged in or not) of one protocol.
  std::size_t count(Protocol protocol) const;

 private:
  friend class SessionTicket;
  mutable std::mutex mutex_;
  std::list<std::shared_ptr<SessionTicket::State>> sessions_;
  std::optional<std::string> all_end_; // the reason
};

// One whole conversation, from greeting to close. `implicit_tls`: the handshake comes first.
Awaitable<void> serve_pop3(ThreadRoom& room, std::unique_ptr<net::Stream> stream, bool implicit_tls);
Awaitable<void> serve_imap(ThreadRoom& room, std::unique_ptr<net::Stream> stream, bool implicit_tls);

} // namespace homespool::server
