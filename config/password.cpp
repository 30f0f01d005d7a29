// Makes and checks verifiers.
#include "config/password.hpp"

#include "config/scram_verifier.hpp"

#include <sodium.h>
#include <stdexcept>

namespace homespool::config {
namespace {

constexpr std::string_view kArgon2id = "$argon2id$";
constexpr std::size_t kSaltBytes = 16;

// Ways to make a machine of a home busy or out of memory with one verifier.
constexpr unsigned long long kMostOperations = 64;
constexpr unsigned long long kMostMemoryKiB = 1ULL << 20;

// Safe to call from any thread, any number of times.
void start_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be initialised");
}

// The number after `name` in the parameters of an Argon2id string.
unsigned long long parameter(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  if (at == text.npos) return 0;
  unsigned long long number = 0;
  for (const char c : text.substr(at + name.size())) {
    if (c < '0' || c > '9' || number > kMostMemoryKiB) break;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number;
}

// libsodium judges the form (it parses the whole string); the costs are bounded here.
bool is_argon2id(std::string_view text) {
  if (!text.starts_with(kArgon2id) || text.size() >= crypto_pwhash_STRBYTES) return false;
  const std::string z(text);
  if (z.find('\0') != z.npos) return false;
  const bool bounded = parameter(text, "$m=") <= kMostMemoryKiB && parameter(text, ",t=") <= kMostOperations;
  return bounded && crypto_pwhash_str_needs_rehash(z.c_str(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                                   crypto_pwhash_MEMLIMIT_INTERACTIVE) >= 0;
}

bool equal(std::string_view a, std::string_view b) {
  // Hashed first, so that neither the length nor where they part shows in the time.
  Sha256 left;
  Sha256 right;
  crypto_hash_sha256(left.data(), reinterpret_cast<const unsigned char*>(a.data()), a.size());
  crypto_hash_sha256(right.data(), reinterpret_cast<const unsigned char*>(b.data()), b.size());
  return sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

bool verify_scram(const ScramVerifier& verifier, std::string_view given) {
  const ScramVerifier derived = derive_scram_verifier(given, verifier.salt, verifier.iterations);
  return sodium_memcmp(derived.stored_key.data(), verifier.stored_key.data(), derived.stored_key.size()) == 0;
}

bool verify_hash(std::string_view hash, std::string_view given) {
  if (const auto scram = parse_scram_verifier(hash)) return verify_scram(*scram, given);
  if (!is_argon2id(hash)) return false;
  return crypto_pwhash_str_verify(std::string(hash).c_str(), given.data(), given.size()) == 0;
}

} // namespace

std::string hash_argon2id(std::string_view password) {
  start_sodium();
  std::string text(crypto_pwhash_STRBYTES, '\0');
  const int failed =
      crypto_pwhash_str(text.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                        crypto_pwhash_MEMLIMIT_INTERACTIVE);
  if (failed != 0) throw std::bad_alloc();
  text.resize(text.find('\0'));
  return text;
}

std::string hash_scram_sha_256(std::string_view password) {
  start_sodium();
  std::string salt(kSaltBytes, '\0');
  randombytes_buf(salt.data(), salt.size());
  return format_scram_verifier(derive_scram_verifier(password, salt, kScramIterations));
}

bool is_password_hash(std::string_view text) {
  start_sodium();
  return is_argon2id(text) || parse_scram_verifier(text).has_value();
}

bool verify_password(const PasswordSource& expected, std::string_view given) {
  start_sodium();
  if (expected.kind == PasswordSource::Kind::hash) return verify_hash(expected.text.reveal(), given);
  const auto known = read_password(expected);
  if (known.has_error()) return false;
  // A file may hold what hash-password prints as well as the password itself.
  if (is_password_hash(known->reveal())) return verify_hash(known->reveal(), given);
  return equal(known->reveal(), given);
}

} // namespace homespool::config
