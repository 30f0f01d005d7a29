// Why a TLS handshake failed, as a sentence for a person.
//
// For: TlsSession. Threads: none; values.
#pragma once

#include <string>

namespace homespool::net {

// Filled while the handshake runs: by the certificate checks first, else from the protocol error.
struct TlsFailure {
  std::string host;
  std::string text;             // empty: no failure
  unsigned offered_version = 0; // what the server answered with (0x0301 is TLS 1.0); 0 when it did not
};

} // namespace homespool::net
