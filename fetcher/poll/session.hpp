// From an account's settings to a connection that is logged in: password, name, address, TLS, greeting,
// capabilities, login.
//
// For: a poll, and `check-config --probe`. Threads: one network thread; password files, commands and
// certificates are read on the worker pool.
#pragma once

#include "config/command_stop.hpp"
#include "config/settings.hpp"
#include "fetcher/pop3/conversation.hpp"
#include "net/threads.hpp"

#include <memory>

namespace homespool::fetcher {

// What is learnt about a server and worth keeping between polls. Forgotten when the account's settings
// change.
struct ServerMemory {
  // It closed the connection, or worse, when asked for capabilities, and could be used without. Since then:
  std::optional<net::Steady::time_point> capa_breaks;
  bool swallows = false; // its answers were taken for parts of a message: one command at a time
  std::shared_ptr<net::TlsContext> tls;
  net::Steady::time_point tls_made{}; // trust stores change: made anew every hour
};

// Breaks off what is under way from outside its coroutine, on the same thread.
class BreakOff {
 public:
  void now();
  bool wanted() const { return wanted_; }
  void watch(Connection* connection);

 private:
  Connection* connection_ = nullptr;
  bool wanted_ = false;
};

// Who watches over the logins at a host.
class LoginGate {
 public:
  virtual ~LoginGate() = default;
  // Just before credentials are sent. False: the poll is to end, quietly; its time comes later.
  virtual net::Awaitable<bool> enter() = 0;
  enum class End { accepted, refused, unsettled };
  virtual void left(End end) = 0;
};

struct Session {
  std::unique_ptr<Connection> connection;
  Capabilities capabilities;
};

struct SessionTools {
  net::WorkerPool& pool;
  net::Clock& clock;
  ServerMemory& memory;
  BreakOff& break_off;
  LoginGate* gate = nullptr;                     // null: nobody does
  const config::CommandStop* commands = nullptr; // ends those that give passwords; null: nobody does
};

net::Awaitable<boost::system::result<Session, Failure>> open_session(const config::Account& account,
                                                                     SessionTools tools);

} // namespace homespool::fetcher
