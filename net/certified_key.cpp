#include "net/certified_key.hpp"

#include "net/write_file.hpp"

#include <algorithm>
#include <new>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <sys/stat.h>

namespace homespool::net {
namespace {

constexpr std::size_t kLongestCommonName = 64; // RFC 5280, ub-common-name

// OpenSSL fails here for want of memory or randomness only.
template <class T>
T must(T result) {
  if (!result) throw std::runtime_error("OpenSSL cannot make a certificate");
  return result;
}

EVP_PKEY* make_key() {
  return must(EVP_EC_gen("P-256"));
}

void set_serial(X509* certificate) {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(must(BN_new()), BN_free);
  must(BN_rand(number.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY));
  must(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)));
}

void set_validity(X509* certificate, Validity validity) {
  const auto seconds = [](auto time) { return std::chrono::system_clock::to_time_t(time); };
  must(ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(validity.from)));
  must(ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(validity.until)));
}

void set_common_name(X509* certificate, const std::string& name) {
  const std::string shown = name.substr(0, kLongestCommonName);
  const auto* bytes = reinterpret_cast<const unsigned char*>(shown.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, bytes, -1, -1, 0);
}

void add_extension(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = must(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void add_name(GENERAL_NAMES* all, int kind, ASN1_STRING* value) {
  if (value == nullptr) return;
  GENERAL_NAME* name = must(GENERAL_NAME_new());
  GENERAL_NAME_set0_value(name, kind, value);
  sk_GENERAL_NAME_push(all, name);
}

void add_names(X509* certificate, const CertificateNames& names) {
  const auto free_all = [](GENERAL_NAMES* all) { GENERAL_NAMES_free(all); };
  const std::unique_ptr<GENERAL_NAMES, decltype(free_all)> all(must(GENERAL_NAMES_new()), free_all);
  for (const std::string& name : names.dns) {
    ASN1_STRING* text = must(ASN1_IA5STRING_new());
    ASN1_STRING_set(text, name.data(), static_cast<int>(name.size()));
    add_name(all.get(), GEN_DNS, text);
  }
  for (const std::string& address : names.addresses)
    add_name(all.get(), GEN_IPADD, a2i_IPADDRESS(address.c_str()));
  must(X509_add1_ext_i2d(certificate, NID_subject_alt_name, all.get(), 0, 0));
}

X509* make_unsigned(const std::string& common_name, EVP_PKEY* key, Validity validity) {
  X509* certificate = must(X509_new());
  X509_set_version(certificate, X509_VERSION_3);
  set_serial(certificate);
  set_validity(certificate, validity);
  set_common_name(certificate, common_name);
  must(X509_set_pubkey(certificate, key));
  return certificate;
}

std::chrono::system_clock::time_point time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

int refuse_passphrase(char*, int, int, void*) {
  return -1;
}

// Null when the file is missing; throws away nothing else.
template <class T>
boost::system::result<T*, std::string> read_pem(const std::filesystem::path& file, T* (*read)(BIO*)) {
  std::error_code error;
  if (!std::filesystem::exists(file, error) && !error) return static_cast<T*>(nullptr);
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_file(file.c_str(), "r"), BIO_free);
  T* found = bio ? read(bio.get()) : nullptr;
  ERR_clear_error();
  if (found == nullptr)
    return file.string() + " cannot be read as PEM; restore it, or remove it so that a new one is made";
  return found;
}

X509* read_certificate(BIO* bio) {
  return PEM_read_bio_X509(bio, nullptr, refuse_passphrase, nullptr);
}
EVP_PKEY* read_key(BIO* bio) {
  return PEM_read_bio_PrivateKey(bio, nullptr, refuse_passphrase, nullptr);
}

std::string contents_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

} // namespace

void CertifiedKey::Free::operator()(X509* certificate) const {
  X509_free(certificate);
}
void CertifiedKey::Free::operator()(EVP_PKEY* key) const {
  EVP_PKEY_free(key);
}

CertifiedKey CertifiedKey::make_authority(const std::string& common_name, Validity validity) {
  CertifiedKey made;
  made.key_.reset(make_key());
  made.certificate_.reset(make_unsigned(common_name, made.key_.get(), validity));
  X509* certificate = made.certificate_.get();
  must(X509_set_issuer_name(certificate, X509_get_subject_name(certificate)));
  add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
  must(X509_sign(certificate, made.key_.get(), EVP_sha256()));
  return made;
}

CertifiedKey CertifiedKey::make_leaf(const CertifiedKey& authority, const CertificateNames& names,
                                     Validity validity) {
  validity.until = std::min(validity.until, authority.validity().until);
  CertifiedKey made;
  made.key_.reset(make_key());
  made.certificate_.reset(make_unsigned(names.common, made.key_.get(), validity));
  X509* certificate = made.certificate_.get();
  X509* issuer = authority.certificate_.get();
  must(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)));
  add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature");
  add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth");
  add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
  add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
  add_names(certificate, names);
  must(X509_sign(certificate, authority.key_.get(), EVP_sha256()));
  return made;
}

boost::system::result<CertifiedKey, std::string> CertifiedKey::load(const std::filesystem::path& certificate,
                                                                    const std::filesystem::path& key) {
  CertifiedKey loaded;
  const auto found = read_pem<X509>(certificate, read_certificate);
  if (!found) return found.error();
  loaded.certificate_.reset(*found);
  const auto found_key = read_pem<EVP_PKEY>(key, read_key);
  if (!found_key) return found_key.error();
  loaded.key_.reset(*found_key);
  if (!loaded.empty() && X509_check_private_key(loaded.certificate_.get(), loaded.key_.get()) != 1) {
    ERR_clear_error();
    loaded.key_.reset();
  }
  return loaded;
}

std::string CertifiedKey::save(const std::filesystem::path& certificate,
                               const std::filesystem::path& key) const {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(must(BIO_new(BIO_s_mem())), BIO_free);
  must(PEM_write_bio_PrivateKey(text.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr));
  std::string failed = write_file(key, contents_of(text.get()), S_IRUSR | S_IWUSR);
  if (!failed.empty()) return failed;
  must(BIO_reset(text.get()));
  must(PEM_write_bio_X509(text.get(), certificate_.get()));
  return write_file(certificate, contents_of(text.get()), S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
}

Validity CertifiedKey::validity() const {
  Validity validity{};
  if (!certificate_) return validity;
  validity.from = time_of(X509_get0_notBefore(certificate_.get()));
  validity.until = time_of(X509_get0_notAfter(certificate_.get()));
  return validity;
}

bool CertifiedKey::is_for(const CertificateNames& names) const {
  X509* certificate = certificate_.get();
  const auto has_name = [&](const std::string& name) {
    return X509_check_host(certificate, name.data(), name.size(), 0, nullptr) == 1;
  };
  const auto has_address = [&](const std::string& address) {
    return X509_check_ip_asc(certificate, address.c_str(), 0) == 1;
  };
  return certificate != nullptr && std::all_of(names.dns.begin(), names.dns.end(), has_name) &&
         std::all_of(names.addresses.begin(), names.addresses.end(), has_address);
}

bool CertifiedKey::signed_by(const CertifiedKey& authority) const {
  if (!certificate_ || !authority.certificate_) return false;
  const bool right = X509_verify(certificate_.get(), X509_get0_pubkey(authority.certificate_.get())) == 1;
  ERR_clear_error();
  return right;
}

} // namespace homespool::net
