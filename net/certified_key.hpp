// A private key and the certificate that vouches for it: made, loaded, saved, looked at.
//
// For: the certificate homespool makes for itself (own_certificate.cpp), and tests that need certificates of
// their own making. Not for: certificates of other servers. Threads: values, used by one at a time.
#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <string>

struct evp_pkey_st;
struct x509_st;

namespace homespool::net {

struct CertificateNames {
  std::string common;
  std::set<std::string> dns;
  std::set<std::string> addresses; // numeric
};

struct Validity {
  std::chrono::system_clock::time_point from, until;
};

class CertifiedKey {
 public:
  CertifiedKey() = default;

  // Elliptic curve P-256. An authority signs itself and may sign leaves only.
  static CertifiedKey make_authority(const std::string& common_name, Validity validity);
  // For a TLS server. Ends no later than the authority does.
  static CertifiedKey make_leaf(const CertifiedKey& authority, const CertificateNames& names,
                                Validity validity);

  // Empty when either file is missing; the error is a sentence about a file that is there and cannot be used.
  static boost::system::result<CertifiedKey, std::string> load(const std::filesystem::path& certificate,
                                                               const std::filesystem::path& key);
  // Both files are replaced whole and on stable storage, the key first and with mode 0600. Empty, or the
  // sentence that says why not.
  std::string save(const std::filesystem::path& certificate, const std::filesystem::path& key) const;

  bool empty() const { return !certificate_ || !key_; }
  Validity validity() const;
  bool is_for(const CertificateNames& names) const;
  bool signed_by(const CertifiedKey& authority) const;
  const x509_st* certificate() const { return certificate_.get(); }

 private:
  struct Free {
    void operator()(x509_st* certificate) const;
    void operator()(evp_pkey_st* key) const;
  };
  std::unique_ptr<x509_st, Free> certificate_;
  std::unique_ptr<evp_pkey_st, Free> key_;
};

} // namespace homespool::net
