// TLS settings made once and shared by many streams (OpenSSL's SSL_CTX), and the certificate homespool makes
// for itself.
//
// Threads: immutable after creation, shared by all threads. TLS 1.2 and 1.3 with OpenSSL's default ciphers
// unless asked otherwise.
#pragma once

#include "config/settings.hpp"

#include <boost/system/result.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;

namespace homespool::net {

class TlsContext {
 public:
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // The errors are sentences for a person that name the file and what is wrong with it.
  using Made = boost::system::result<std::shared_ptr<TlsContext>, std::string>;
  // `alpn` is the one protocol accepted ("imap", "pop3"); a client that offers others only gets an alert, one
  // that offers none is let in.
  static Made server(const std::filesystem::path& certificate, const std::filesystem::path& key,
                     std::string alpn);

  struct ClientOptions {
    std::optional<std::filesystem::path> ca; // PEM; absent: the system's trust store
    std::string fingerprint; // SHA-256 of the certificate, 32 bytes: replaces chain and name checks
    config::TlsVersion minimum = config::TlsVersion::tls1_2;
  };
  static Made client(const ClientOptions& options);

  ssl_ctx_st* native() const { return context_; }
  bool is_server() const { return server_; }
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  TlsContext() = default;
  ssl_ctx_st* context_ = nullptr;
  bool server_ = false;
  std::string fingerprint_;
  std::string alpn_;
};

// A local CA and a server certificate signed by it in `directory` (ca.pem, ca.key, cert.pem, key.pem; keys
// with mode 0600), for `name`, localhost and the machine's own addresses. Kept if they are there and the
// certificate is valid for 30 days more for the same names; the CA outlives certificates so that clients need
// to trust it once.
struct OwnCertificate {
  std::filesystem::path ca, certificate, key;
};
boost::system::result<OwnCertificate, std::string>
ensure_own_certificate(const std::filesystem::path& directory, const std::string& name);

} // namespace homespool::net
