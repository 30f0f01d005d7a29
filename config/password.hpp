// Password verifiers of clients: Argon2id strings (libsodium's "$argon2id$…") and SCRAM-SHA-256 verifiers
// ("SCRAM-SHA-256$iterations:salt$stored:server", RFC 5803 with base64 fields).
//
// Threads: any. Costs about 50 ms and 64 MiB for Argon2id: never call it on a network thread.
#pragma once

#include "config/secret.hpp"

#include <string>
#include <string_view>

namespace homespool::config {

std::string hash_argon2id(std::string_view password);
std::string hash_scram_sha_256(std::string_view password);

// True when `text` has the form of a verifier that `verify_password` understands.
bool is_password_hash(std::string_view text);

// Compares in constant time for clear text; a malformed verifier matches nothing.
bool verify_password(const PasswordSource& expected, std::string_view given);

} // namespace homespool::config
