#include "tests/net/loopback.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>

namespace homespool::test {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::pair<tcp::socket, tcp::socket> connected(asio::io_context& io) {
  tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket client(io);
  client.connect(acceptor.local_endpoint());
  return {std::move(client), acceptor.accept()};
}

} // namespace

SocketPair socket_pair(asio::io_context& io) {
  auto [client, server] = connected(io);
  SocketPair pair;
  pair.client = net::make_socket_stream(std::move(client));
  pair.server = net::make_socket_stream(std::move(server));
  return pair;
}

HalfBarePair half_bare_pair(asio::io_context& io) {
  auto [client, server] = connected(io);
  return {net::make_socket_stream(std::move(client)), std::move(server)};
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "homespool-net-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Certificates::Certificates(const std::string& name, int first_day, int last_day)
    : ca(folder.path() / "ca.pem"), certificate(folder.path() / "cert.pem"), key(folder.path() / "key.pem") {
  const auto now = std::chrono::system_clock::now();
  const auto day = std::chrono::hours{24};
  authority = net::CertifiedKey::make_authority("Test authority", {now - 1000 * day, now + 1000 * day});
  net::CertificateNames names;
  names.common = name;
  names.dns = {name};
  names.addresses = {"127.0.0.1"};
  leaf = net::CertifiedKey::make_leaf(authority, names, {now + first_day * day, now + last_day * day});
  REQUIRE(authority.save(ca, folder.path() / "ca.key").empty());
  REQUIRE(leaf.save(certificate, key).empty());
}

std::shared_ptr<net::TlsContext> Certificates::server(std::string alpn) const {
  auto made = net::TlsContext::server(certificate, key, std::move(alpn));
  if (!made) FAIL(made.error());
  return *made;
}

std::shared_ptr<net::TlsContext> Certificates::client() const {
  net::TlsContext::ClientOptions options;
  options.ca = ca;
  auto made = net::TlsContext::client(options);
  if (!made) FAIL(made.error());
  return *made;
}

} // namespace homespool::test
