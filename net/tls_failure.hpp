// Why a TLS handshake failed, as a sentence for a person.
//
// For: TlsSession, which keeps one per connection, and the certificate checks, which fill it in. Names in
// certificates come from outside: they are escaped and cut. Threads: none; values.
#pragma once

#include <string>
#include <string_view>

struct x509_st;
struct x509_store_ctx_st;

namespace homespool::net {

struct TlsFailure {
  std::string host;             // whom we meant to reach; empty for a server
  std::string text;             // empty: no failure
  unsigned offered_version = 0; // what the server answered with (0x0301 is TLS 1.0); 0 when it did not
};

// The sentence for the check that has just failed in `store`.
std::string certificate_failure(x509_store_ctx_st* store, const std::string& host);
// The sentence for a handshake that failed with OpenSSL's error code `error`, when `minimum` (0x0303 is
// TLS 1.2) was asked for.
std::string handshake_failure(unsigned long error, const TlsFailure& known, long minimum);

// SHA-256 of the certificate: 32 bytes.
std::string fingerprint_of(const x509_st* certificate);
// "sha256:AB:CD:…"
std::string shown_fingerprint(std::string_view bytes);

} // namespace homespool::net
