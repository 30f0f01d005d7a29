#include "net/tls_context.hpp"

#include "net/tls_failure.hpp"

#include <cerrno>
#include <cstdio>
#include <new>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <system_error>
#include <unistd.h>

namespace homespool::net {
namespace {

std::string last_error() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  std::string text = reason != nullptr ? reason : "unknown error";
  ERR_clear_error();
  return text;
}

// Empty when the file can be read.
std::string unreadable(const std::filesystem::path& file) {
  std::FILE* opened = std::fopen(file.c_str(), "re");
  if (opened == nullptr)
    return "cannot read " + file.string() + ": " + std::generic_category().message(errno);
  std::fclose(opened);
  return {};
}

int refuse_passphrase(char*, int, int, void*) {
  return -1;
}

SSL_CTX* make_context(const SSL_METHOD* method) {
  SSL_CTX* context = SSL_CTX_new(method);
  if (context == nullptr) throw std::bad_alloc();
  SSL_CTX_set_options(context,
                      SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); // tickets need none
  SSL_CTX_set_default_passwd_cb(context, refuse_passphrase);
  return context;
}

// RFC 7301. `offered` is a list of names, each after its length.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned total, void* argument) {
  const auto& wanted = *static_cast<const std::string*>(argument);
  for (unsigned at = 0; at < total && at + 1U + offered[at] <= total; at += 1U + offered[at]) {
    const std::string_view name(reinterpret_cast<const char*>(offered) + at + 1, offered[at]);
    if (name != wanted) continue;
    *chosen = offered + at + 1;
    *size = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

TlsFailure& failure_of(X509_STORE_CTX* store) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  return *static_cast<TlsFailure*>(SSL_get_app_data(ssl));
}

int note_failure(int accepted, X509_STORE_CTX* store) {
  if (accepted == 1) return 1;
  TlsFailure& failure = failure_of(store);
  if (failure.text.empty()) failure.text = certificate_failure(store, failure.host);
  return 0;
}

// In the place of all other checks.
int compare_fingerprint(X509_STORE_CTX* store, void* expected) {
  const auto& wanted = *static_cast<const std::string*>(expected);
  const std::string found = fingerprint_of(X509_STORE_CTX_get0_cert(store));
  if (!found.empty() && found == wanted) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  TlsFailure& failure = failure_of(store);
  failure.text = "the certificate of " + failure.host + " has the fingerprint " + shown_fingerprint(found) +
                 ", expected " + shown_fingerprint(wanted);
  return 0;
}

int number_of(config::TlsVersion version) {
  switch (version) {
  case config::TlsVersion::tls1_0:
    return TLS1_VERSION;
  case config::TlsVersion::tls1_1:
    return TLS1_1_VERSION;
  case config::TlsVersion::tls1_2:
    return TLS1_2_VERSION;
  case config::TlsVersion::tls1_3:
    return TLS1_3_VERSION;
  }
  return TLS1_2_VERSION;
}

void set_minimum(SSL_CTX* context, config::TlsVersion minimum) {
  SSL_CTX_set_min_proto_version(context, number_of(minimum));
  if (minimum >= config::TlsVersion::tls1_2) return;
  // The signatures of TLS 1.0 and 1.1 are below OpenSSL's ordinary level, and their servers lack RFC 5746.
  SSL_CTX_set_cipher_list(context, "DEFAULT@SECLEVEL=0");
  SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT);
}

std::string load_pair(SSL_CTX* context, const std::filesystem::path& certificate,
                      const std::filesystem::path& key) {
  for (const auto* file : {&certificate, &key}) {
    std::string error = unreadable(*file);
    if (!error.empty()) return error;
  }
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return certificate.string() + " holds no usable PEM certificate: " + last_error();
  }
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) == 1) return {};
  if (ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH) {
    ERR_clear_error();
    return key.string() + " is not the key of the certificate " + certificate.string();
  }
  return key.string() + " holds no usable PEM key without a passphrase: " + last_error();
}

} // namespace

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

TlsContext::Made TlsContext::server(const std::filesystem::path& certificate,
                                    const std::filesystem::path& key, std::string alpn) {
  const std::shared_ptr<TlsContext> made(new TlsContext);
  made->context_ = make_context(TLS_server_method());
  made->server_ = true;
  made->alpn_ = std::move(alpn);
  SSL_CTX_set_min_proto_version(made->context_, TLS1_2_VERSION);
  std::string error = load_pair(made->context_, certificate, key);
  if (!error.empty()) return error;
  if (!made->alpn_.empty()) SSL_CTX_set_alpn_select_cb(made->context_, choose_protocol, &made->alpn_);
  return made;
}

TlsContext::Made TlsContext::client(const ClientOptions& options) {
  const std::shared_ptr<TlsContext> made(new TlsContext);
  made->context_ = make_context(TLS_client_method());
  made->fingerprint_ = options.fingerprint;
  set_minimum(made->context_, options.minimum);
  SSL_CTX_set_verify(made->context_, SSL_VERIFY_PEER, note_failure);
  if (!made->fingerprint_.empty()) {
    SSL_CTX_set_cert_verify_callback(made->context_, compare_fingerprint, &made->fingerprint_);
    return made;
  }
  if (!options.ca) {
    SSL_CTX_set_default_verify_paths(made->context_);
    return made;
  }
  std::string error = unreadable(*options.ca);
  if (!error.empty()) return error;
  if (SSL_CTX_load_verify_locations(made->context_, options.ca->c_str(), nullptr) != 1) {
    return options.ca->string() + " holds no usable PEM certificate: " + last_error();
  }
  // What the owner names is trusted as it stands, also an intermediate authority or the server's own
  // certificate.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(made->context_), X509_V_FLAG_PARTIAL_CHAIN);
  return made;
}

} // namespace homespool::net
