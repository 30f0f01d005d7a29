// SCRAM-SHA-256 verifiers in the text form of RFC 5803, with iterations, salt and two keys.
//
// For: hash-password, checking a plain password, and the SCRAM mechanism of the servers. Not for: the
// exchange itself. Threads: pure functions; a derivation costs a few milliseconds for each 10,000 iterations.
#pragma once

#include "config/secret.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace homespool::config {

using Sha256 = std::array<unsigned char, 32>;

// RFC 7677 asks for at least 4096; more than the most is an attempt to keep this machine busy.
inline constexpr unsigned kScramIterations = 10'000;
inline constexpr unsigned kLeastScramIterations = 4096;
inline constexpr unsigned kMostScramIterations = 1'000'000;

struct ScramVerifier {
  unsigned iterations = 0;
  std::string salt; // raw, 1 to 256 bytes
  Sha256 stored_key{};
  Sha256 server_key{};

  bool operator==(const ScramVerifier&) const = default;
};

// Nothing for any other form, and for iterations out of bounds.
std::optional<ScramVerifier> parse_scram_verifier(std::string_view text);
std::string format_scram_verifier(const ScramVerifier& verifier);

// The password is taken as it is: no SASLprep.
ScramVerifier derive_scram_verifier(std::string_view password, std::string_view salt, unsigned iterations);

// Hi() of RFC 5802: PBKDF2 with HMAC-SHA-256 and one block.
Sha256 scram_salted_password(std::string_view password, std::string_view salt, unsigned iterations);

} // namespace homespool::config
