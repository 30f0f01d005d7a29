// The servers' end: who is waited for, who is cut off, and that nothing of theirs runs on.
#include "server/http/http.hpp"
#include "server/server.hpp"
#include "tests/server/imap/session_world.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

using namespace homespool;
using namespace homespool::server;
namespace asio = boost::asio;

namespace {

// A daemon's servers in a temporary folder, on two network threads.
class House {
 public:
  explicit House(Server::Http http) : settings_(std::make_shared<config::Settings>()) {
    std::string name = (std::filesystem::temp_directory_path() / "homespool-stop-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    settings_->spool.directory = folder_ / "spool";
    settings_->spool.minimum_free = 0;
    settings_->server.name = "mail.test";
    settings_->server.http = {{"127.0.0.1", 0}};
    spool::OpenOptions options;
    options.settings = settings_->spool;
    options.now = [this] { return clock_.wall(); };
    options.on_fatal = options.on_finding = [](std::string_view) {};
    spool_ = *spool::Spool::open(std::move(options));
    server_ = std::make_unique<Server>(threads_, workers_, *spool_, clock_, settings_, std::move(http));
    const auto opened = server_->open();
    if (!opened) throw std::runtime_error(opened.error());
    server_->start();
  }
  ~House() {
    server_.reset();
    spool_.reset();
    threads_.join(true);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  asio::ip::tcp::socket connect(asio::io_context& io) {
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::make_address("127.0.0.1"), server_->ports().find("http")->second});
    return socket;
  }
  Server& server() { return *server_; }

 private:
  std::filesystem::path folder_;
  net::NetworkThreads threads_{2};
  net::WorkerPool workers_{1};
  net::SystemClock clock_;
  std::shared_ptr<config::Settings> settings_;
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<Server> server_;
};

// Says that it is there, and then only ends when it is cut off.
net::Awaitable<void> stubborn(std::unique_ptr<net::Stream> stream) {
  co_await stream->write(std::string_view("here\n"));
  asio::steady_timer never(co_await asio::this_coro::executor, std::chrono::steady_clock::time_point::max());
  co_await never.async_wait(asio::use_awaitable);
}

std::string line(asio::ip::tcp::socket& socket) {
  std::string text;
  boost::system::error_code ended;
  const auto size = asio::read_until(socket, asio::dynamic_buffer(text), '\n', ended);
  return text.substr(0, size);
}

} // namespace

TEST_CASE("Sessions that are cut off leave nothing behind that would touch the server") {
  for (int i = 0; i < 20; ++i) {
    asio::io_context io;
    House house(stubborn);
    std::list<asio::ip::tcp::socket> clients;
    for (int k = 0; k < 6; ++k) {
      clients.push_back(house.connect(io));
      REQUIRE(line(clients.back()) == "here\n");
    }
    house.server().stop(std::chrono::seconds{0});
  }
}

TEST_CASE("A stop does not wait for HTTP clients that ask nothing") {
  const auto routes = std::make_shared<http::Routes>();
  http::Route route;
  route.method = "GET";
  route.handler = [](http::Request) -> net::Awaitable<http::Response> { co_return http::Response(); };
  routes->emplace("/", route);
  House house(
      [routes](std::unique_ptr<net::Stream> stream) { return http::serve(routes, std::move(stream)); });
  asio::io_context io;
  auto kept = house.connect(io), half = house.connect(io), silent = house.connect(io);
  asio::write(kept, asio::buffer(std::string_view("GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
  REQUIRE(line(kept) == "HTTP/1.1 200 OK\r\n");
  asio::write(half, asio::buffer(std::string_view("GET /hea")));
  const auto began = std::chrono::steady_clock::now();
  house.server().stop(std::chrono::seconds{50});
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds{25});
  CHECK(line(half).empty());
}
