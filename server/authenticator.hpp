// Checks logins of clients against the settings, and slows down whoever guesses.
//
// A wrong password costs the address 2 s, doubling to 15 s; a right one is never delayed. An unknown login
// takes as long as a wrong password. Passwords in clear are compared at once; hashes are computed on the
// worker pool, two of one address at a time, so that whoever guesses holds up itself. A verified password is
// remembered for 5 minutes under a keyed hash, so that clients that log in for every request (Roundcube) do
// not pay for Argon2id each time. Nothing here logs or returns a password. Threads: shared by all network
// threads.
#pragma once

#include "server/address_gate.hpp"
#include "server/session.hpp"

#include <unordered_map>

namespace homespool::server {

// Who logged in. Holds the settings it points into.
struct Login {
  std::shared_ptr<const config::Settings> settings;
  const config::User* user = nullptr;
  const config::Client* client = nullptr;

  bool is_deleter() const { return client->may_delete; }
  // The deleter's login, or nothing when the user has none.
  std::string deleter() const;
};

enum class LoginRefusal {
  wrong,       // login or password: [AUTH], [AUTHENTICATIONFAILED]
  not_allowed, // the password was right, but not this protocol or this address
  plaintext,   // not without TLS here; the password was not looked at
  ended,       // the session has to end; whether the password was right was not told
};

class Authenticator {
 public:
  Authenticator(config::Current<const config::Settings>& settings, net::Clock& clock,
                net::WorkerPool& workers);

  // Waits as long as a wrong password has to before it answers, but not when the session of `ticket` (which
  // must outlive the call) has to end.
  Awaitable<boost::system::result<Login, LoginRefusal>> log_in(Protocol protocol, std::string login,
                                                               config::Secret password, net::Peer peer,
                                                               bool tls, SessionTicket& ticket);
  // plaintext_login and the peer: may a password be sent on this connection as it is?
  bool plaintext_allowed(const net::Peer& peer, bool tls) const;

 private:
  using Key = std::array<unsigned char, 32>;
  struct Verified {
    Key key;
    net::Steady::time_point until;
  };
  struct Guesses {
    std::chrono::seconds delay{0};
    net::Steady::time_point last;
  };
  Key key_of(const config::Client& client, const config::Secret& password) const;
  bool is_remembered(const std::string& login, const Key& key);
  Awaitable<bool> verify(Login login, config::Secret password, std::string address, SessionTicket& ticket);
  std::chrono::seconds delay_for(const std::string& address);

  config::Current<const config::Settings>& settings_;
  net::Clock& clock_;
  net::WorkerPool& workers_;
  AddressGate gate_;
  Key secret_{};
  std::mutex mutex_;
  std::unordered_map<std::string, Verified> verified_; // by login
  std::unordered_map<std::string, Guesses> guesses_;   // by address
};

// The initial response of SASL PLAIN (RFC 4616), base64 undone. Nothing when it is malformed or asks to act
// for somebody else.
struct PlainCredentials {
  std::string login;
  config::Secret password;
};
std::optional<PlainCredentials> parse_sasl_plain(std::string_view base64);

} // namespace homespool::server
