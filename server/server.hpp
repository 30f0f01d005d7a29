// The servers of the daemon: listeners, the threads' rooms, and the sessions that run in them.
//
// For: cli/run and demo. Threads: made, reloaded and stopped from main's thread.
#pragma once

#include "net/listener.hpp"
#include "net/task_group.hpp"
#include "server/authenticator.hpp"
#include "server/session.hpp"

#include <map>

namespace homespool::server {

class Server {
 public:
  using Http = std::function<Awaitable<void>(std::unique_ptr<net::Stream>)>;
  // `http` serves one connection of the status page and the control socket.
  Server(net::NetworkThreads& threads, net::WorkerPool& workers, spool::Spool& spool, net::Clock& clock,
         std::shared_ptr<const config::Settings> settings, Http http);
  // stop() must have returned.
  ~Server();

  // Binds every listener (or the sockets that systemd handed over), loads certificates (or makes them in the
  // spool directory). Nothing is served when an error comes back: one sentence.
  boost::system::result<void, std::string> open();
  // Accepts from here on.
  void start();
  // New settings: listeners and certificates that changed, BYE for clients that are gone or changed and for
  // both clients when the deleter changed. On error nothing has changed.
  boost::system::result<void, std::string> reload(std::shared_ptr<const config::Settings> settings);
  // Stops accepting, asks sessions to end, waits up to `limit`, then closes what is left.
  void stop(std::chrono::seconds limit);

  // Of the listeners that are open: kind ("pop3", "imaps", …) to the ports bound.
  std::multimap<std::string, std::uint16_t> ports() const;
  SessionRegistry& sessions();
  std::shared_ptr<const config::Settings> settings() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace homespool::server
