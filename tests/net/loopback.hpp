// Two streams over a real TCP connection on loopback, for tests of sockets and TLS.
//
// Threads: one.
#pragma once

#include "net/certified_key.hpp"
#include "net/socket_stream.hpp"
#include "net/tls_context.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace homespool::test {

struct SocketPair {
  std::unique_ptr<net::Stream> client, server;
};
SocketPair socket_pair(boost::asio::io_context& io);
// One end as a bare descriptor's socket, for what a Stream does not do.
struct HalfBarePair {
  std::unique_ptr<net::Stream> stream;
  boost::asio::ip::tcp::socket bare;
};
HalfBarePair half_bare_pair(boost::asio::io_context& io);

// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// An authority and a server certificate of its making, in files.
struct Certificates {
  TemporaryFolder folder;
  net::CertifiedKey authority, leaf;
  std::filesystem::path ca, certificate, key;

  explicit Certificates(const std::string& name = "mail.test", int first_day = -1, int last_day = 30);
  std::shared_ptr<net::TlsContext> server(std::string alpn = "") const;
  // Trusts the authority.
  std::shared_ptr<net::TlsContext> client() const;
};

} // namespace homespool::test
