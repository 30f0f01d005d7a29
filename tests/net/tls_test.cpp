// Who is trusted, who is not, and what a person is told.
#include "net/tls_failure.hpp"
#include "tests/net/loopback.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/error.hpp>
#include <catch2/catch.hpp>

#include <openssl/ssl.h>

using namespace homespool;
using namespace homespool::test;
using Catch::Contains;
namespace error = boost::asio::error;

namespace {

struct Handshake {
  net::ErrorCode client, server;
  std::string client_says, server_says;
};

// Both ends shake hands; a TLS 1.3 client is done first and learns of the server's refusal at its first read.
Handshake shake_hands(const std::shared_ptr<net::TlsContext>& client,
                      const std::shared_ptr<net::TlsContext>& server, const std::string& host) {
  boost::asio::io_context io(1);
  SocketPair pair = socket_pair(io);
  Running at_server(io, pair.server->start_tls(server, ""));
  Running at_client(io, pair.client->start_tls(client, host));
  run_until(io, [&] { return at_server.done() && at_client.done(); });
  return {at_client.get(), at_server.get(), pair.client->tls_failure(), pair.server->tls_failure()};
}

std::shared_ptr<net::TlsContext> client_with(const net::TlsContext::ClientOptions& options) {
  auto made = net::TlsContext::client(options);
  if (!made) FAIL(made.error());
  return *made;
}

net::Awaitable<std::string> echo_once(net::Stream& stream) {
  std::array<char, 64> bytes{};
  const auto got = co_await stream.read_some(boost::asio::buffer(bytes));
  if (!got) co_return got.error().message();
  co_return std::string(bytes.data(), *got);
}

} // namespace

TEST_CASE("a certificate of a trusted authority for the right name is accepted") {
  const Certificates certificates;
  const Handshake done = shake_hands(certificates.client(), certificates.server(), "mail.test");
  CHECK_FALSE(done.client);
  CHECK_FALSE(done.server);
  CHECK(done.client_says.empty());
  CHECK_FALSE(shake_hands(certificates.client(), certificates.server(), "mail.test.").client);
  CHECK_FALSE(shake_hands(certificates.client(), certificates.server(), "127.0.0.1").client);
}

TEST_CASE("a handshake with a silent peer can be interrupted") {
  const Certificates certificates;
  boost::asio::io_context io(1);
  SocketPair pair = socket_pair(io);
  Running waits(io, pair.server->start_tls(certificates.server(), ""));
  settle(io);
  REQUIRE_FALSE(waits.done());
  pair.server->interrupt();
  run_until(io, [&] { return waits.done(); });
  CHECK(waits.get() == error::interrupted);
}

TEST_CASE("bytes travel over TLS and a close is an end of file") {
  const Certificates certificates;
  boost::asio::io_context io(1);
  SocketPair pair = socket_pair(io);
  Running at_server(io, pair.server->start_tls(certificates.server(), ""));
  REQUIRE_FALSE(run(io, pair.client->start_tls(certificates.client(), "mail.test")));
  run_until(io, [&] { return at_server.done(); });
  CHECK(pair.client->is_tls());
  REQUIRE_FALSE(run(io, pair.client->write("hello")));
  CHECK(run(io, echo_once(*pair.server)) == "hello");
  pair.client->close();
  CHECK(run(io, echo_once(*pair.server)) == net::ErrorCode(error::eof).message());
}

TEST_CASE("a certificate for another name is refused, and its names are told") {
  const Certificates certificates;
  const Handshake done = shake_hands(certificates.client(), certificates.server(), "pop.other.test");
  CHECK(done.client);
  CHECK(done.client_says == "the certificate of pop.other.test is for other names: mail.test, 127.0.0.1");
  const Handshake by_address = shake_hands(certificates.client(), certificates.server(), "127.0.0.2");
  CHECK_THAT(by_address.client_says, Contains("is for other names"));
}

TEST_CASE("an expired certificate is refused with its date") {
  const Certificates expired("mail.test", -30, -2);
  const Handshake done = shake_hands(expired.client(), expired.server(), "mail.test");
  CHECK(done.client);
  CHECK_THAT(done.client_says, Contains("the certificate of mail.test expired on 20"));
  const Certificates early("mail.test", 2, 30);
  CHECK_THAT(shake_hands(early.client(), early.server(), "mail.test").client_says,
             Contains("is not valid before"));
}

TEST_CASE("a certificate of an unknown authority is refused") {
  const Certificates ours;
  const Certificates theirs;
  const Handshake done = shake_hands(ours.client(), theirs.server(), "mail.test");
  CHECK(done.client);
  CHECK(done.client_says == "the certificate of mail.test is signed by an unknown authority: Test authority");
  CHECK(done.server);
  CHECK(done.server_says == "the client does not trust the certificate");
  const auto system_store = client_with({});
  CHECK(shake_hands(system_store, theirs.server(), "mail.test").client);
}

TEST_CASE("a server's own certificate is trusted when it is named") {
  const Certificates certificates;
  net::TlsContext::ClientOptions options;
  options.ca = certificates.certificate;
  CHECK_FALSE(shake_hands(client_with(options), certificates.server(), "mail.test").client);
}

TEST_CASE("a pinned fingerprint replaces every other check") {
  const Certificates certificates("mail.test", -30, -2);
  net::TlsContext::ClientOptions options;
  options.fingerprint = net::fingerprint_of(certificates.leaf.certificate());
  CHECK_FALSE(shake_hands(client_with(options), certificates.server(), "quite.another.name").client);
  options.fingerprint[0] = static_cast<char>(options.fingerprint[0] + 1);
  const Handshake done = shake_hands(client_with(options), certificates.server(), "mail.test");
  CHECK(done.client);
  CHECK_THAT(done.client_says, Contains("has the fingerprint sha256:") && Contains(", expected sha256:"));
}

TEST_CASE("a client without a host name to check is refused") {
  const Certificates certificates;
  boost::asio::io_context io(1);
  SocketPair pair = socket_pair(io);
  CHECK(run(io, pair.client->start_tls(certificates.client(), "")) == error::invalid_argument);
}

TEST_CASE("an old version of TLS is spoken only where it was asked for") {
  const Certificates certificates;
  const auto old_server = certificates.server();
  SSL_CTX_set_min_proto_version(old_server->native(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(old_server->native(), TLS1_VERSION);
  SSL_CTX_set_cipher_list(old_server->native(), "DEFAULT@SECLEVEL=0");
  const Handshake refused = shake_hands(certificates.client(), old_server, "mail.test");
  CHECK(refused.client);
  CHECK_THAT(refused.client_says, Contains("TLS 1."));
  net::TlsContext::ClientOptions options;
  options.ca = certificates.ca;
  options.minimum = config::TlsVersion::tls1_0;
  CHECK_FALSE(shake_hands(client_with(options), old_server, "mail.test").client);
}

TEST_CASE("a server accepts its own protocol by ALPN, or none") {
  const Certificates certificates;
  const auto server = certificates.server("imap");
  CHECK_FALSE(shake_hands(certificates.client(), server, "mail.test").server);
  const auto offering = [&](std::string_view list) {
    auto client = certificates.client();
    SSL_CTX_set_alpn_protos(client->native(), reinterpret_cast<const unsigned char*>(list.data()),
                            static_cast<unsigned>(list.size()));
    return shake_hands(client, server, "mail.test").server;
  };
  CHECK_FALSE(offering("\x02h2\x04imap"));
  CHECK(offering("\x04pop3"));
}

TEST_CASE("a peer that does not speak TLS is told apart") {
  const Certificates certificates;
  boost::asio::io_context io(1);
  SocketPair pair = socket_pair(io);
  REQUIRE_FALSE(run(io, pair.server->write("* OK IMAP4rev1 at your service\r\n")));
  CHECK(run(io, pair.client->start_tls(certificates.client(), "mail.test")));
  CHECK(pair.client->tls_failure() == "mail.test does not speak TLS on this port");
}

TEST_CASE("a peer that closes during the handshake is an end of file") {
  const Certificates certificates;
  boost::asio::io_context io(1);
  SocketPair pair = socket_pair(io);
  pair.server.reset();
  const net::ErrorCode ended = run(io, pair.client->start_tls(certificates.client(), "mail.test"));
  CHECK((ended == error::eof || ended == error::connection_reset));
  CHECK(pair.client->tls_failure().empty());
}

TEST_CASE("files that hold no certificate or key are named in a sentence") {
  const Certificates certificates;
  const auto missing = certificates.folder.path() / "missing.pem";
  const auto none = net::TlsContext::server(missing, certificates.key, "");
  REQUIRE(none.has_error());
  CHECK_THAT(none.error(), Contains("cannot read") && Contains("missing.pem"));
  const auto swapped = net::TlsContext::server(certificates.key, certificates.certificate, "");
  REQUIRE(swapped.has_error());
  CHECK_THAT(swapped.error(), Contains("holds no usable PEM certificate"));
  const auto other =
      net::TlsContext::server(certificates.certificate, certificates.folder.path() / "ca.key", "");
  REQUIRE(other.has_error());
  CHECK_THAT(other.error(), Contains("is not the key of"));
}
