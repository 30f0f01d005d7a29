// RFC 5802 key derivation on libsodium's HMAC.
#include "config/scram_verifier.hpp"

#include <charconv>
#include <sodium.h>

namespace homespool::config {
namespace {

constexpr std::string_view kPrefix = "SCRAM-SHA-256$";
constexpr std::size_t kLongestSalt = 256;
constexpr int kBase64 = sodium_base64_VARIANT_ORIGINAL;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string_view view(const Sha256& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

using Hmac = crypto_auth_hmacsha256_state;

Sha256 finish(Hmac state, std::string_view text, std::string_view more = {}) {
  Sha256 out;
  crypto_auth_hmacsha256_update(&state, bytes(text), text.size());
  crypto_auth_hmacsha256_update(&state, bytes(more), more.size());
  crypto_auth_hmacsha256_final(&state, out.data());
  return out;
}

Hmac keyed(std::string_view key) {
  Hmac state;
  crypto_auth_hmacsha256_init(&state, bytes(key), key.size());
  return state;
}

std::string encode(std::string_view raw) {
  std::string text(sodium_base64_ENCODED_LEN(raw.size(), kBase64), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes(raw), raw.size(), kBase64);
  text.pop_back(); // its NUL
  return text;
}

std::optional<std::string> decode(std::string_view text) {
  std::string raw(text.size(), '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  const int failed = sodium_base642bin(reinterpret_cast<unsigned char*>(raw.data()), raw.size(), text.data(),
                                       text.size(), nullptr, &size, &end, kBase64);
  if (failed != 0 || end != text.data() + text.size()) return std::nullopt;
  raw.resize(size);
  return raw;
}

bool decode_key(std::string_view text, Sha256& out) {
  const auto raw = decode(text);
  if (!raw || raw->size() != out.size()) return false;
  std::copy(raw->begin(), raw->end(), out.begin());
  return true;
}

// Takes what is before the separator off the text; false when there is none.
bool take_until(std::string_view& text, char separator, std::string_view& part) {
  const std::size_t at = text.find(separator);
  if (at == text.npos) return false;
  part = text.substr(0, at);
  text.remove_prefix(at + 1);
  return true;
}

} // namespace

std::optional<ScramVerifier> parse_scram_verifier(std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  std::string_view iterations;
  std::string_view salt;
  std::string_view stored;
  if (!take_until(text, ':', iterations) || !take_until(text, '$', salt) || !take_until(text, ':', stored))
    return std::nullopt;
  ScramVerifier verifier;
  const char* last = iterations.data() + iterations.size();
  const auto [end, error] = std::from_chars(iterations.data(), last, verifier.iterations);
  if (error != std::errc{} || end != last) return std::nullopt;
  if (verifier.iterations < kLeastScramIterations || verifier.iterations > kMostScramIterations)
    return std::nullopt;
  auto raw_salt = decode(salt);
  if (!raw_salt || raw_salt->empty() || raw_salt->size() > kLongestSalt) return std::nullopt;
  verifier.salt = *std::move(raw_salt);
  if (!decode_key(stored, verifier.stored_key) || !decode_key(text, verifier.server_key)) return std::nullopt;
  return verifier;
}

std::string format_scram_verifier(const ScramVerifier& verifier) {
  return std::string(kPrefix) + std::to_string(verifier.iterations) + ":" + encode(verifier.salt) + "$" +
         encode(view(verifier.stored_key)) + ":" + encode(view(verifier.server_key));
}

Sha256 scram_salted_password(std::string_view password, std::string_view salt, unsigned iterations) {
  const Hmac key = keyed(password); // keyed once: halves the work of each round
  Sha256 round = finish(key, salt, std::string_view("\0\0\0\1", 4));
  Sha256 sum = round;
  for (unsigned i = 1; i < iterations; ++i) {
    round = finish(key, view(round));
    for (std::size_t b = 0; b < sum.size(); ++b) sum[b] = static_cast<unsigned char>(sum[b] ^ round[b]);
  }
  return sum;
}

ScramVerifier derive_scram_verifier(std::string_view password, std::string_view salt, unsigned iterations) {
  Sha256 salted = scram_salted_password(password, salt, iterations);
  Sha256 client_key = finish(keyed(view(salted)), "Client Key");
  ScramVerifier verifier{iterations, std::string(salt), {}, finish(keyed(view(salted)), "Server Key")};
  crypto_hash_sha256(verifier.stored_key.data(), client_key.data(), client_key.size());
  sodium_memzero(salted.data(), salted.size());
  sodium_memzero(client_key.data(), client_key.size());
  return verifier;
}

} // namespace homespool::config
