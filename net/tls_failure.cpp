#include "net/tls_failure.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <memory>

namespace homespool::net {
namespace {

constexpr std::size_t kLongestNames = 200;

std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, kLongestNames)) shown += c >= 0x20 && c < 0x7f ? c : '?';
  return shown;
}

std::string_view view(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string day(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return "an unreadable date";
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
  return {text.data(), size};
}

std::string name_of(const X509_NAME* name) {
  if (name == nullptr) return "nobody";
  for (const int field : {NID_commonName, NID_organizationName}) {
    const int at = X509_NAME_get_index_by_NID(name, field, -1);
    if (at >= 0) return printable(view(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at))));
  }
  return "an unnamed authority";
}

std::string shown_address(const ASN1_STRING* bytes) {
  const auto* address = ASN1_STRING_get0_data(bytes);
  if (ASN1_STRING_length(bytes) != 4) return "an IPv6 address";
  std::string shown;
  for (int i = 0; i < 4; ++i) shown += (i > 0 ? "." : "") + std::to_string(address[i]);
  return shown;
}

// The names a certificate is for, as far as they fit.
std::string names_of(const X509* certificate) {
  std::string names;
  const auto free_all = [](GENERAL_NAMES* all) { GENERAL_NAMES_free(all); };
  const std::unique_ptr<GENERAL_NAMES, decltype(free_all)> all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      free_all);
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()) && names.size() < kLongestNames; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    std::string shown;
    if (name->type == GEN_DNS) shown = printable(view(name->d.dNSName));
    if (name->type == GEN_IPADD) shown = shown_address(name->d.iPAddress);
    if (!shown.empty()) names += (names.empty() ? "" : ", ") + shown;
  }
  return names.empty() ? name_of(X509_get_subject_name(certificate)) : names;
}

std::string out_of_date(const X509* certificate, int depth, const std::string& host, bool expired) {
  std::string whose = "the certificate of " + host;
  if (depth > 0)
    whose =
        "the authority " + name_of(X509_get_subject_name(certificate)) + " behind the certificate of " + host;
  if (expired) return whose + " expired on " + day(X509_get0_notAfter(certificate));
  return whose + " is not valid before " + day(X509_get0_notBefore(certificate)) +
         "; is the clock of this machine right?";
}

std::string shown_version(long version) {
  switch (version) {
  case SSL3_VERSION:
    return "SSL 3.0";
  case TLS1_VERSION:
    return "TLS 1.0";
  case TLS1_1_VERSION:
    return "TLS 1.1";
  case TLS1_2_VERSION:
    return "TLS 1.2";
  case TLS1_3_VERSION:
    return "TLS 1.3";
  default:
    return "an unknown version of TLS";
  }
}

} // namespace

std::string certificate_failure(X509_STORE_CTX* store, const std::string& host) {
  const int error = X509_STORE_CTX_get_error(store);
  const int depth = X509_STORE_CTX_get_error_depth(store);
  const X509* certificate = X509_STORE_CTX_get_current_cert(store);
  const X509* leaf = X509_STORE_CTX_get0_cert(store);
  const std::string whose = "the certificate of " + host;
  switch (error) {
  case X509_V_ERR_CERT_HAS_EXPIRED:
    return out_of_date(certificate, depth, host, true);
  case X509_V_ERR_CERT_NOT_YET_VALID:
    return out_of_date(certificate, depth, host, false);
  case X509_V_ERR_HOSTNAME_MISMATCH:
  case X509_V_ERR_IP_ADDRESS_MISMATCH:
    return whose + " is for other names: " + names_of(leaf);
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    return whose + " is signed by nobody but itself; to trust it, set tls_fingerprint to " +
           shown_fingerprint(fingerprint_of(leaf));
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    return whose + " is signed by an unknown authority: " +
           name_of(X509_get_issuer_name(certificate != nullptr ? certificate : leaf));
  case X509_V_ERR_EE_KEY_TOO_SMALL:
  case X509_V_ERR_CA_KEY_TOO_SMALL:
  case X509_V_ERR_CA_MD_TOO_WEAK:
    return whose + " is too weak: " + X509_verify_cert_error_string(error);
  default:
    return whose + " is not accepted: " + X509_verify_cert_error_string(error);
  }
}

std::string handshake_failure(unsigned long error, const TlsFailure& known, long minimum) {
  const bool server = known.host.empty();
  const std::string who = server ? "the client" : known.host;
  switch (ERR_GET_REASON(error)) {
  case SSL_R_UNSUPPORTED_PROTOCOL:
  case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    if (known.offered_version != 0 && known.offered_version < minimum) {
      return who + " speaks only " + shown_version(known.offered_version) + ", and " +
             shown_version(minimum) + " is required";
    }
    return who + " does not speak " + shown_version(minimum) + " or newer";
  case SSL_R_WRONG_VERSION_NUMBER:
  case SSL_R_HTTP_REQUEST:
  case SSL_R_PACKET_LENGTH_TOO_LONG:
    return who + (server ? " does not speak TLS" : " does not speak TLS on this port");
  case SSL_R_NO_SHARED_CIPHER:
  case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    return who + " has no cipher in common with us";
  case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
  case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
  case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    return who + " does not trust the certificate";
  default:
    break;
  }
  const char* reason = ERR_reason_error_string(error);
  return "the TLS handshake with " + who + " failed: " + (reason != nullptr ? reason : "unknown error");
}

std::string fingerprint_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (certificate == nullptr || X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string shown_fingerprint(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string shown = "sha256";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    shown += ':';
    shown += kDigits[byte >> 4U];
    shown += kDigits[byte & 15U];
  }
  return shown;
}

} // namespace homespool::net
