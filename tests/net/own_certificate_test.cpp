// The certificate homespool makes for itself.
#include "tests/net/loopback.hpp"
#include "tests/support/run.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <sys/stat.h>

using namespace homespool;
using namespace homespool::test;

namespace {

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

net::OwnCertificate ensure(const std::filesystem::path& directory, const std::string& name) {
  auto made = net::ensure_own_certificate(directory, name);
  if (!made) FAIL(made.error());
  return *made;
}

bool trusted(const net::OwnCertificate& own, const std::string& host) {
  net::TlsContext::ClientOptions options;
  options.ca = own.ca;
  const auto client = *net::TlsContext::client(options);
  const auto server = *net::TlsContext::server(own.certificate, own.key, "imap");
  boost::asio::io_context io(1);
  SocketPair pair = socket_pair(io);
  Running at_server(io, pair.server->start_tls(server, ""));
  return !run(io, pair.client->start_tls(client, host));
}

} // namespace

TEST_CASE(
    "a certificate is made for the name, localhost and loopback, and is trusted through its authority") {
  const TemporaryFolder folder;
  const auto own = ensure(folder.path() / "tls", "mail.home.arpa");
  for (const char* host : {"mail.home.arpa", "localhost", "127.0.0.1", "::1"}) CHECK(trusted(own, host));
  CHECK_FALSE(trusted(own, "pop.elsewhere.test"));
}

TEST_CASE("keys are readable by their owner only") {
  const TemporaryFolder folder;
  const auto own = ensure(folder.path(), "mail.home.arpa");
  for (const auto& key : {own.key, folder.path() / "ca.key"}) {
    struct stat status {};
    REQUIRE(::stat(key.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
  }
}

TEST_CASE("what is there is kept, and a new name gets a new certificate from the same authority") {
  const TemporaryFolder folder;
  const auto own = ensure(folder.path(), "mail.home.arpa");
  const std::string ca = contents(own.ca);
  const std::string certificate = contents(own.certificate);
  ensure(folder.path(), "mail.home.arpa");
  CHECK(contents(own.certificate) == certificate);
  ensure(folder.path(), "other.home.arpa");
  CHECK(contents(own.certificate) != certificate);
  CHECK(contents(own.ca) == ca);
}

TEST_CASE("a certificate that ends within 30 days is made anew") {
  const TemporaryFolder folder;
  const auto own = ensure(folder.path(), "mail.home.arpa");
  const std::string ca = contents(own.ca);
  const auto now = std::chrono::system_clock::now();
  const auto authority = *net::CertifiedKey::load(own.ca, folder.path() / "ca.key");
  net::CertificateNames names;
  names.dns = {"mail.home.arpa", "localhost"};
  const auto old = net::CertifiedKey::make_leaf(
      authority, names, {now - std::chrono::hours{24}, now + std::chrono::hours{24 * 29}});
  REQUIRE(old.save(own.certificate, own.key).empty());
  const std::string before = contents(own.certificate);
  ensure(folder.path(), "mail.home.arpa");
  CHECK(contents(own.certificate) != before);
  CHECK(contents(own.ca) == ca);
}

TEST_CASE("a damaged authority is not replaced in silence") {
  const TemporaryFolder folder;
  const auto own = ensure(folder.path(), "mail.home.arpa");
  std::ofstream(own.ca) << "nonsense";
  const auto made = net::ensure_own_certificate(folder.path(), "mail.home.arpa");
  REQUIRE(made.has_error());
  CHECK_THAT(made.error(), Catch::Contains("ca.pem cannot be read as PEM"));
}

TEST_CASE("a folder that cannot be made is a sentence") {
  const auto made = net::ensure_own_certificate("/proc/homespool", "mail.home.arpa");
  REQUIRE(made.has_error());
  CHECK_THAT(made.error(), Catch::Contains("/proc/homespool"));
}
