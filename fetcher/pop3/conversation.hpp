// The conversation with a POP3 server up to the listing, and its end (RFC 1939, 2449, 2595, 5034).
//
// Each step takes the connection and says what failed, or nothing. Not for: RETR and DELE, which are loops of
// their own (fetcher/poll/retrieve.hpp, remove.hpp). Threads: the connection's.
#pragma once

#include "config/settings.hpp"
#include "fetcher/pop3/connection.hpp"
#include "fetcher/pop3/listing.hpp"
#include "net/tls_context.hpp"

namespace homespool::fetcher {

using Outcome = Connection::Outcome;

net::Awaitable<Outcome> read_greeting(Connection& connection);

// CAPA. A refusal leaves `capabilities.known` false and is no failure.
net::Awaitable<Outcome> ask_capabilities(Connection& connection, Capabilities& capabilities);

// STLS, then the handshake. Whatever the capabilities say it is asked for: without TLS there is no login.
net::Awaitable<Outcome> upgrade_to_tls(Connection& connection, std::shared_ptr<net::TlsContext> context,
                                       std::string host);

struct Credentials {
  std::string login;
  config::Secret password;
  config::AuthMechanism mechanism = config::AuthMechanism::automatic;
  bool clear_allowed = false; // the settings say `tls: none`
};
// `automatic` is PLAIN where it is announced, else USER. A named mechanism is used or the login fails.
// Nothing is sent without TLS unless it is allowed.
net::Awaitable<Outcome> log_in(Connection& connection, const Capabilities& capabilities,
                               Credentials credentials);

// STAT, LIST and UIDL, in one go where the server takes it. A refusal of STAT or LIST only leaves counts or
// sizes open; without UIDL the messages have no ids yet. A refusal of UIDL that gives its reason by a code
// (but for SYS/PERM), or
// where ids are expected, is a failure: the server has them, but not now.
net::Awaitable<Outcome> read_listing(Connection& connection, const Capabilities& capabilities,
                                     bool ids_expected, Listing& listing);

// Gives messages without an id one made of their headers (TOP). Where TOP is refused they stay without.
net::Awaitable<Outcome> name_by_headers(Connection& connection, const Capabilities& capabilities,
                                        Listing& listing);

// `refused_by_server` is set when the server answered, and said no.
net::Awaitable<Outcome> quit(Connection& connection, bool* refused_by_server = nullptr);

} // namespace homespool::fetcher
