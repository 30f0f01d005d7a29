#include "net/certified_key.hpp"
#include "net/tls_context.hpp"

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <set>
#include <unistd.h>

namespace homespool::net {
namespace {

using std::chrono::hours;

constexpr auto kAuthorityLife = hours{24 * 3650};
constexpr auto kCertificateLife = hours{24 * 397}; // what browsers and phones still take
constexpr auto kRenewBefore = hours{24 * 30};

std::string machine_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

std::string numeric(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address->sa_family == AF_INET) bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  if (address->sa_family == AF_INET6) {
    const in6_addr& v6 = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    if (IN6_IS_ADDR_LINKLOCAL(&v6)) return {}; // means nothing without its interface
    bytes = &v6;
  }
  if (bytes == nullptr || ::inet_ntop(address->sa_family, bytes, text.data(), text.size()) == nullptr)
    return {};
  return text.data();
}

std::set<std::string> machine_addresses() {
  std::set<std::string> addresses{"127.0.0.1", "::1"};
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return addresses;
  for (const ifaddrs* at = first; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || (at->ifa_flags & IFF_LOOPBACK) != 0) continue;
    const std::string address = numeric(at->ifa_addr);
    if (!address.empty()) addresses.insert(address);
  }
  ::freeifaddrs(first);
  return addresses;
}

CertificateNames names_for(const std::string& name) {
  CertificateNames names;
  names.common = name;
  std::set<std::string> dns{name, "localhost", machine_name()};
  dns.erase("");
  names.addresses = machine_addresses();
  in6_addr ignored{};
  if (::inet_pton(AF_INET, name.c_str(), &ignored) == 1 ||
      ::inet_pton(AF_INET6, name.c_str(), &ignored) == 1) {
    dns.erase(name);
    names.addresses.insert(name);
  }
  names.dns = std::move(dns);
  return names;
}

bool lasts(const CertifiedKey& certified, std::chrono::system_clock::duration time) {
  const auto now = std::chrono::system_clock::now();
  const Validity validity = certified.validity();
  return validity.from <= now && validity.until >= now + time;
}

// From yesterday, for clients whose clock is behind.
Validity from_now(std::chrono::system_clock::duration life) {
  const auto now = std::chrono::system_clock::now();
  return {now - hours{24}, now + life};
}

using Ensured = boost::system::result<OwnCertificate, std::string>;

Ensured failed(std::string why) {
  return {boost::system::in_place_error, std::move(why)};
}

} // namespace

Ensured ensure_own_certificate(const std::filesystem::path& directory, const std::string& name) {
  const OwnCertificate files{directory / "ca.pem", directory / "cert.pem", directory / "key.pem"};
  const auto authority_key = directory / "ca.key";
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return failed("cannot make the directory " + directory.string() + ": " + error.message());

  auto authority = CertifiedKey::load(files.ca, authority_key);
  if (!authority) return failed(authority.error());
  const auto found = CertifiedKey::load(files.certificate, files.key);
  const CertificateNames names = names_for(name);
  const bool good = found && !found->empty() && lasts(*found, kRenewBefore) && found->is_for(names);
  if (good && found->signed_by(*authority)) return files;

  if (authority->empty() || !lasts(*authority, 2 * kRenewBefore)) {
    *authority = CertifiedKey::make_authority("homespool on " + name, from_now(kAuthorityLife));
    std::string why = authority->save(files.ca, authority_key);
    if (!why.empty()) return failed(std::move(why));
  }
  const CertifiedKey made =
      CertifiedKey::make_leaf(*authority, names, from_now(kCertificateLife - hours{24}));
  std::string why = made.save(files.certificate, files.key);
  if (!why.empty()) return failed(std::move(why));
  return files;
}

} // namespace homespool::net
