// The servers of the daemon: listeners, the threads' rooms, and the sessions that run in them.
//
// For: cli/run and demo. Threads: made, reloaded and stopped from threads that are none of the network
// threads, one call at a time.
#pragma once

#include "net/listener.hpp"
#include "net/task_group.hpp"
#include "server/authenticator.hpp"
#include "server/listeners.hpp"
#include "server/session.hpp"

#include <future>
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

  // Binds every listener, loads certificates (or makes them in the
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
  SessionRegistry& sessions() { return sessions_; }
  std::shared_ptr<const config::Settings> settings() const { return settings_.get(); }

 private:
  struct ThreadState;
  using Opened = boost::system::result<std::unique_ptr<net::Listener>, std::string>;
  using Listeners = std::map<Endpoint, std::unique_ptr<net::Listener>>;
  net::Listener::Serve serve(ListenerKind kind);
  Awaitable<void> serve_http(ThreadState& state, std::unique_ptr<net::Stream> stream);
  Opened bind(const Endpoint& endpoint);
  boost::system::result<Listeners, std::string> bind_new(const std::set<Endpoint>& wanted);
  bool free_port(std::uint16_t port, const std::set<Endpoint>& wanted, std::set<Endpoint>& gone);
  void bring_back(const std::set<Endpoint>& gone);
  std::future<void> drain(std::size_t thread);
  std::future<void> cut_off(std::size_t thread);

  net::NetworkThreads& threads_;
  config::Current<const config::Settings> settings_;
  config::Current<net::TlsContext> pop3_tls_, imap_tls_;
  SessionRegistry sessions_;
  Authenticator authenticator_;
  Shared shared_;
  Http http_;
  std::vector<std::unique_ptr<ThreadState>> rooms_; // one per network thread
  Listeners listeners_;
  std::unique_ptr<net::Listener> control_;
};

} // namespace homespool::server
