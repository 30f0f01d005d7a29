#include "net/listener.hpp"

#include "net/local_path.hpp"
#include "net/socket_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace homespool::net {
namespace asio = boost::asio;
namespace {

using Protocol = asio::generic::stream_protocol;
using Socket = Protocol::socket;
using Acceptor = asio::basic_socket_acceptor<Protocol>;

constexpr int kBacklog = 511;
constexpr std::chrono::milliseconds kPause{100}; // when file descriptors have run out

std::string words(int error) {
  std::string text = std::generic_category().message(error);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

// An open descriptor that is closed unless it is released.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

struct Address {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

// What the accepting coroutine needs; it shares it with the Listener and may outlive that.
struct Accepting {
  Accepting(NetworkThreads& network, Listener::Serve serve_with)
      : threads(network), acceptor(network.context(0)), serve(std::move(serve_with)) {}

  NetworkThreads& threads;
  Acceptor acceptor;
  Listener::Serve serve;
  std::filesystem::path path; // of a local socket
  std::uint16_t port = 0;
  std::mutex mutex; // guards open, and the acceptor against being closed twice at once
  bool open = true;
};

void hand_over(const std::shared_ptr<Accepting>& self, std::size_t thread, Socket socket) {
  asio::post(self->threads.context(thread), [self, thread, socket = std::move(socket)]() mutable {
    self->serve(thread, make_socket_stream(std::move(socket)));
  });
}

bool is_open(Accepting& self) {
  const std::lock_guard lock(self.mutex);
  return self.open;
}

Awaitable<void> accept_all(std::shared_ptr<Accepting> self) {
  asio::steady_timer pause(self->acceptor.get_executor());
  while (is_open(*self)) {
    const std::size_t thread = self->threads.next();
    auto& context = self->threads.context(thread);
    auto [error, socket] = co_await self->acceptor.async_accept(context, asio::as_tuple(asio::use_awaitable));
    if (!error) {
      hand_over(self, thread, std::move(socket));
    } else if (error != asio::error::connection_aborted && is_open(*self)) {
      pause.expires_after(kPause);
      co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
  }
}

class SocketListener final : public Listener {
 public:
  explicit SocketListener(std::shared_ptr<Accepting> accepting) : accepting_(std::move(accepting)) {}
  ~SocketListener() override { SocketListener::stop(); }

  void start() override {
    auto surprised = [](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
    };
    asio::co_spawn(accepting_->threads.context(0), accept_all(accepting_), surprised);
  }

  // The address is free for others when this returns; the descriptor itself is closed on the accepting
  // thread.
  void stop() override {
    {
      const std::lock_guard lock(accepting_->mutex);
      if (!accepting_->open) return;
      accepting_->open = false;
      ::shutdown(accepting_->acceptor.native_handle(), SHUT_RDWR);
    }
    if (!accepting_->path.empty()) ::unlink(accepting_->path.c_str());
    asio::post(accepting_->threads.context(0), [accepting = accepting_] {
      ErrorCode ignored;
      accepting->acceptor.close(ignored);
    });
  }

  std::uint16_t port() const override { return accepting_->port; }

 private:
  std::shared_ptr<Accepting> accepting_;
};

using Made = boost::system::result<std::unique_ptr<Listener>, std::string>;

std::uint16_t port_of(const Address& address) {
  if (address.storage.ss_family == AF_INET)
    return ntohs(reinterpret_cast<const sockaddr_in&>(address.storage).sin_port);
  if (address.storage.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address.storage).sin6_port);
  return 0;
}

Made make_listener(NetworkThreads& threads, Descriptor& socket, Listener::Serve serve,
                   std::filesystem::path path) {
  Address bound;
  if (::getsockname(socket.get(), bound.get(), &bound.size) != 0) return words(errno);
  auto accepting = std::make_shared<Accepting>(threads, std::move(serve));
  ErrorCode error;
  accepting->acceptor.assign(Protocol(bound.storage.ss_family, 0), socket.get(), error);
  if (error) return error.message();
  socket.release();
  accepting->path = std::move(path);
  accepting->port = port_of(bound);
  return std::unique_ptr<Listener>(std::make_unique<SocketListener>(std::move(accepting)));
}

bool parse(const config::ListenAddress& from, Address& into) {
  auto& v4 = reinterpret_cast<sockaddr_in&>(into.storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(into.storage);
  if (::inet_pton(AF_INET, from.address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(from.port);
    into.size = sizeof(v4);
    return true;
  }
  ErrorCode error;
  const auto address = asio::ip::make_address_v6(from.address, error); // knows scopes like fe80::1%eth0
  if (error) return false;
  const asio::ip::tcp::endpoint endpoint(address, from.port);
  std::memcpy(&v6, endpoint.data(), sizeof(v6));
  into.size = sizeof(v6);
  return true;
}

std::string shown(const config::ListenAddress& address) {
  const bool v6 = address.address.find(':') != std::string::npos;
  return (v6 ? "[" + address.address + "]" : address.address) + ":" + std::to_string(address.port);
}

} // namespace

Made Listener::bind(NetworkThreads& threads, const config::ListenAddress& address, Serve serve) {
  const std::string failed = "cannot listen on " + shown(address) + ": ";
  Address where;
  if (!parse(address, where)) return failed + "not a numeric address";
  Descriptor socket(::socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return failed + words(errno);
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (where.storage.ss_family == AF_INET6)
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  if (::bind(socket.get(), where.get(), where.size) != 0) return failed + words(errno);
  if (::listen(socket.get(), kBacklog) != 0) return failed + words(errno);
  Made made = make_listener(threads, socket, std::move(serve), {});
  if (!made) return failed + made.error();
  return made;
}

Made Listener::adopt(NetworkThreads& threads, int fd, Serve serve) {
  Descriptor socket(fd);
  Made made = make_listener(threads, socket, std::move(serve), {});
  if (!made) return "cannot use the listening socket that was handed over: " + made.error();
  return made;
}

Made Listener::bind_local(NetworkThreads& threads, const std::filesystem::path& path, Serve serve) {
  const std::string failed = "cannot listen on " + path.string() + ": ";
  Address where;
  auto& local = reinterpret_cast<sockaddr_un&>(where.storage);
  const LocalPath shortened(path);
  const std::string& name = shortened.name();
  if (name.size() >= sizeof(local.sun_path)) return failed + "the path is too long for a local socket";
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path, name.c_str(), name.size() + 1);
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return failed + words(errno);
  ::unlink(path.c_str());
  // The mode of the descriptor is the mode that bind gives the file, so nobody else can connect in between.
  ::fchmod(socket.get(), S_IRUSR | S_IWUSR);
  if (::bind(socket.get(), where.get(), sizeof(local)) != 0) return failed + words(errno);
  if (::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0) return failed + words(errno);
  if (::listen(socket.get(), kBacklog) != 0) return failed + words(errno);
  Made made = make_listener(threads, socket, std::move(serve), path);
  if (!made) return failed + made.error();
  return made;
}

} // namespace homespool::net
