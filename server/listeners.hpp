// Which listeners and certificates the settings ask for, and whom a reload sends away. Not for: the sockets
// themselves.
//
// Threads: load_certificates blocks on the file system; the rest is pure.
#pragma once

#include "config/settings.hpp"
#include "net/tls_context.hpp"

#include <set>
#include <string>
#include <string_view>

namespace homespool::server {

enum class ListenerKind { pop3, pop3s, imap, imaps, http };
std::string_view name_of(ListenerKind kind);

struct Endpoint {
  ListenerKind kind;
  config::ListenAddress address;
  auto operator<=>(const Endpoint&) const = default;
};
std::set<Endpoint> endpoints_of(const config::ServerSettings& settings);

struct Certificates {
  std::shared_ptr<net::TlsContext> pop3, imap;
};
// The files named in the settings, else the pair in SPOOL/tls, which is made when missing. The error is a
// sentence.
boost::system::result<Certificates, std::string> load_certificates(const config::Settings& settings);

// Logins whose sessions must end: gone, given to another user, or changed in a way that a session has already
// acted upon.
std::set<std::string> logins_to_end(const config::Settings& before, const config::Settings& after);
// The clients that were or became a user's deleter. Their IMAP sessions must end: clients remember their
// rights until they connect again. POP3 sessions go on, and are judged at QUIT.
std::set<std::string> deleters_changed(const config::Settings& before, const config::Settings& after);

} // namespace homespool::server
