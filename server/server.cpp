#include "server/server.hpp"

#include "server/listeners.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <list>
#include <spdlog/spdlog.h>

namespace homespool::server {
namespace {

void log_surprise(std::exception_ptr surprise) {
  try {
    std::rethrow_exception(std::move(surprise));
  } catch (const std::exception& error) {
    spdlog::error("a session ended by surprise: {}", error.what());
  }
}

} // namespace

// What lives on one network thread. Made before the threads serve, used only there.
struct Server::ThreadState {
  ThreadState(Shared& shared, boost::asio::io_context& context)
      : reader(shared.spool.make_reader()), room{shared, *reader},
        tasks(context.get_executor(), log_surprise) {}

  std::unique_ptr<spool::Reader> reader;
  ThreadRoom room;
  net::TaskGroup tasks;
  std::list<net::Stream*> http; // connections of the status page and the control socket
  bool draining = false;
};

Server::Server(net::NetworkThreads& threads, net::WorkerPool& workers, spool::Spool& spool, net::Clock& clock,
               std::shared_ptr<const config::Settings> settings, Http http)
    : threads_(threads), settings_(std::move(settings)), pop3_tls_(nullptr), imap_tls_(nullptr),
      authenticator_(settings_, clock, workers), shared_{spool,     clock,     workers,   authenticator_,
                                                         sessions_, settings_, pop3_tls_, imap_tls_},
      http_(std::move(http)) {
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    rooms_.push_back(std::make_unique<ThreadState>(shared_, threads_.context(i)));
  }
}

Server::~Server() = default;

net::Listener::Serve Server::serve(ListenerKind kind) {
  return [this, kind](std::size_t thread, std::unique_ptr<net::Stream> stream) {
    ThreadState& state = *rooms_[thread];
    switch (kind) {
    case ListenerKind::pop3:
    case ListenerKind::pop3s:
      state.tasks.spawn(serve_pop3(state.room, std::move(stream), kind == ListenerKind::pop3s));
      break;
    case ListenerKind::imap:
    case ListenerKind::imaps:
      state.tasks.spawn(serve_imap(state.room, std::move(stream), kind == ListenerKind::imaps));
      break;
    case ListenerKind::http:
      state.tasks.spawn(serve_http(state, std::move(stream)));
      break;
    }
  };
}

// The stream's place in the list goes before anything else can run on this thread.
Awaitable<void> Server::serve_http(ThreadState& state, std::unique_ptr<net::Stream> stream) {
  const auto place = state.http.insert(state.http.end(), stream.get());
  if (state.draining) {
    stream->interrupt();
  }
  std::exception_ptr surprise;
  try {
    co_await http_(std::move(stream));
  } catch (...) {
    surprise = std::current_exception();
  }
  state.http.erase(place);
  if (surprise) {
    std::rethrow_exception(surprise);
  }
}

Server::Opened Server::bind(const Endpoint& endpoint) {
  return net::Listener::bind(threads_, endpoint.address, serve(endpoint.kind));
}

boost::system::result<void, std::string> Server::open() {
  const auto settings = settings_.get();
  auto contexts = load_certificates(*settings);
  if (contexts.has_error()) {
    return contexts.error();
  }
  Listeners opened;
  for (const Endpoint& endpoint : endpoints_of(settings->server)) {
    auto listener = bind(endpoint);
    if (listener.has_error()) {
      return listener.error();
    }
    opened.emplace(endpoint, std::move(*listener));
  }
  auto control = net::Listener::bind_local(threads_, settings->spool.directory / "control.sock",
                                           serve(ListenerKind::http));
  if (control.has_error()) {
    return control.error();
  }
  control_ = std::move(*control);
  listeners_ = std::move(opened);
  pop3_tls_.set(contexts->pop3);
  imap_tls_.set(contexts->imap);
  return {};
}

void Server::start() {
  for (auto& [endpoint, listener] : listeners_) {
    listener->start();
  }
  control_->start();
}

// Listeners for what is wanted and not there. Where one that is to go stands in the way (the same port on
// another address), it goes first, and comes back when the whole fails.
boost::system::result<Server::Listeners, std::string> Server::bind_new(const std::set<Endpoint>& wanted) {
  Listeners added;
  std::set<Endpoint> gone;
  for (const Endpoint& endpoint : wanted) {
    if (listeners_.contains(endpoint)) {
      continue;
    }
    auto listener = bind(endpoint);
    if (listener.has_error() && free_port(endpoint.address.port, wanted, gone)) {
      listener = bind(endpoint);
    }
    if (listener.has_error()) {
      added.clear();
      bring_back(gone);
      return listener.error();
    }
    added.emplace(endpoint, std::move(*listener));
  }
  return added;
}

bool Server::free_port(std::uint16_t port, const std::set<Endpoint>& wanted, std::set<Endpoint>& gone) {
  return std::erase_if(listeners_, [&](auto& entry) {
           if (entry.first.address.port != port || wanted.contains(entry.first)) {
             return false;
           }
           entry.second->stop();
           gone.insert(entry.first);
           return true;
         }) > 0;
}

void Server::bring_back(const std::set<Endpoint>& gone) {
  for (const Endpoint& endpoint : gone) {
    auto listener = bind(endpoint);
    if (listener.has_error()) {
      spdlog::error("{}", listener.error());
      continue;
    }
    (*listener)->start();
    listeners_.emplace(endpoint, std::move(*listener));
  }
}

boost::system::result<void, std::string> Server::reload(std::shared_ptr<const config::Settings> settings) {
  auto contexts = load_certificates(*settings);
  if (contexts.has_error()) {
    return contexts.error();
  }
  const std::set<Endpoint> wanted = endpoints_of(settings->server);
  auto added = bind_new(wanted);
  if (added.has_error()) {
    return added.error();
  }
  // From here on nothing can fail.
  std::erase_if(listeners_, [&](auto& entry) {
    if (wanted.contains(entry.first)) {
      return false;
    }
    entry.second->stop();
    return true;
  });
  for (auto& [endpoint, listener] : *added) {
    listener->start();
    listeners_.emplace(endpoint, std::move(listener));
  }
  pop3_tls_.set(contexts->pop3);
  imap_tls_.set(contexts->imap);
  const auto before = settings_.get();
  settings_.set(settings);
  for (const std::string& login : logins_to_end(*before, *settings)) {
    sessions_.end_login(login, "the settings of this login have changed; connect again");
  }
  for (const std::string& login : deleters_changed(*before, *settings)) {
    sessions_.end_login(login, "who may delete has changed; connect again", Protocol::imap);
  }
  return {};
}

void Server::stop(std::chrono::seconds limit) {
  for (auto& [endpoint, listener] : listeners_) {
    listener->stop();
  }
  if (control_) {
    control_->stop();
  }
  sessions_.end_all("the server is stopping");
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::vector<std::future<void>> ends;
  for (std::size_t i = 0; i < rooms_.size(); ++i) {
    ends.push_back(drain(i));
  }
  const bool in_time = std::all_of(ends.begin(), ends.end(), [deadline](std::future<void>& end) {
    return end.wait_until(deadline) == std::future_status::ready;
  });
  if (!in_time) {
    spdlog::warn("some sessions did not end in time and are cut off");
    // Once each, and waited for: nothing that names a room may be queued when the rooms go.
    std::vector<std::future<void>> cuts;
    for (std::size_t i = 0; i < rooms_.size(); ++i) {
      cuts.push_back(cut_off(i));
    }
    std::for_each(cuts.begin(), cuts.end(), [](std::future<void>& cut) { cut.wait(); });
  }
  std::for_each(ends.begin(), ends.end(), [](std::future<void>& end) { end.wait(); });
}

// Ends when the room is empty. HTTP connections end as soon as nothing is being answered.
std::future<void> Server::drain(std::size_t thread) {
  auto ended = std::make_shared<std::promise<void>>();
  auto future = ended->get_future();
  ThreadState& state = *rooms_[thread];
  boost::asio::post(threads_.context(thread), [&state, ended, &context = threads_.context(thread)] {
    state.tasks.stop();
    state.draining = true;
    for (net::Stream* stream : state.http) {
      stream->interrupt();
    }
    boost::asio::co_spawn(context, state.tasks.join(),
                          [ended](const std::exception_ptr&) { ended->set_value(); });
  });
  return future;
}

// Ends when every task of the room has been asked to end where it stands.
std::future<void> Server::cut_off(std::size_t thread) {
  auto asked = std::make_shared<std::promise<void>>();
  auto future = asked->get_future();
  boost::asio::post(threads_.context(thread), [&tasks = rooms_[thread]->tasks, asked] {
    tasks.cancel();
    asked->set_value();
  });
  return future;
}

std::multimap<std::string, std::uint16_t> Server::ports() const {
  std::multimap<std::string, std::uint16_t> ports;
  for (const auto& [endpoint, listener] : listeners_) {
    ports.emplace(std::string(name_of(endpoint.kind)), listener->port());
  }
  return ports;
}

} // namespace homespool::server
