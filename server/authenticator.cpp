#include "server/authenticator.hpp"

#include "config/password.hpp"

#include <boost/asio/ip/address.hpp>
#include <sodium.h>
#include <stdexcept>

namespace homespool::server {
namespace {

constexpr std::chrono::minutes kRemembered{5};
constexpr std::chrono::seconds kFirstDelay{2};
constexpr std::chrono::seconds kLongestDelay{15};
constexpr std::chrono::minutes kForgiven{15}; // guesses are forgotten after this long
constexpr std::size_t kMaxGuessers = 10'000;
// Hashes of one address that are computed at once; there are no more workers than that.
constexpr unsigned kHashesPerAddress = 2;

// Files are read where they may block; what is in them may be a hash.
bool is_costly(const config::PasswordSource& source) {
  return source.kind != config::PasswordSource::Kind::clear || config::is_password_hash(source.text.reveal());
}

bool in_range(const config::AddressRange& range, const std::array<std::uint8_t, 16>& address) {
  for (unsigned bit = 0; bit < range.prefix; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    if ((range.address[bit / 8] & mask) != (address[bit / 8] & mask)) {
      return false;
    }
  }
  return true;
}

// The 16 bytes of a numeric address, IPv4 as ::ffff:a.b.c.d.
std::optional<std::array<std::uint8_t, 16>> address_bytes(const std::string& text) {
  ErrorCode error;
  const auto address = boost::asio::ip::make_address(text, error);
  if (error) {
    return std::nullopt;
  }
  if (address.is_v6()) {
    return address.to_v6().to_bytes();
  }
  std::array<std::uint8_t, 16> bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const auto v4 = address.to_v4().to_bytes();
  std::copy(v4.begin(), v4.end(), bytes.begin() + 12);
  return bytes;
}

bool address_allowed(const config::Client& client, const net::Peer& peer) {
  if (client.allow_from.empty()) {
    return true;
  }
  const auto bytes = address_bytes(peer.address);
  return bytes && std::any_of(client.allow_from.begin(), client.allow_from.end(),
                              [&](const auto& range) { return in_range(range, *bytes); });
}

bool protocol_allowed(const config::Client& client, Protocol protocol) {
  return protocol == Protocol::pop3 ? client.pop3_allowed : client.imap_allowed;
}

} // namespace

std::string Login::deleter() const {
  const config::Client* client_that_may = user->deleter();
  return client_that_may ? client_that_may->login : std::string{};
}

Authenticator::Authenticator(config::Current<const config::Settings>& settings, net::Clock& clock,
                             net::WorkerPool& workers)
    : settings_(settings), clock_(clock), workers_(workers), gate_(kHashesPerAddress) {
  if (sodium_init() < 0) {
    throw std::runtime_error("libsodium cannot be initialised");
  }
  randombytes_buf(secret_.data(), secret_.size());
}

bool Authenticator::plaintext_allowed(const net::Peer& peer, bool tls) const {
  if (tls) {
    return true;
  }
  switch (settings_.get()->server.plaintext_login) {
  case config::PlaintextLogin::never:
    return false;
  case config::PlaintextLogin::loopback:
    return peer.loopback;
  case config::PlaintextLogin::anywhere:
    return true;
  }
  return false;
}

Authenticator::Key Authenticator::key_of(const config::Client& client, const config::Secret& password) const {
  // The verifier is part of it: a changed password is not taken for the old one.
  Key key{};
  crypto_generichash_state state;
  crypto_generichash_init(&state, secret_.data(), secret_.size(), key.size());
  for (const std::string_view part :
       {std::string_view(client.login), client.password.text.reveal(), password.reveal()}) {
    const std::uint64_t size = part.size();
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&size), sizeof size);
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
  }
  crypto_generichash_final(&state, key.data(), key.size());
  return key;
}

bool Authenticator::is_remembered(const std::string& login, const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = verified_.find(login);
  return found != verified_.end() && clock_.steady() < found->second.until && found->second.key == key;
}

Awaitable<bool> Authenticator::verify(Login login, config::Secret password, std::string address,
                                      SessionTicket& ticket) {
  const config::Client& client = *login.client;
  if (!is_costly(client.password)) {
    co_return config::verify_password(client.password, password.reveal());
  }
  const bool rememberable = client.password.kind == config::PasswordSource::Kind::hash;
  const Key key = key_of(client, password);
  if (rememberable && is_remembered(client.login, key)) {
    co_return true;
  }
  auto place = gate_.enter(address);
  const bool entered = co_await ticket.wait(std::move(place));
  if (!entered) {
    co_return false;
  }
  const InsideGate inside(gate_, address);
  // While it waited the session may have been sent away, or another one may have found the same.
  if (ticket.must_end()) {
    co_return false;
  }
  if (rememberable && is_remembered(client.login, key)) {
    co_return true;
  }
  // `login` keeps the settings alive while the worker reads them.
  std::function<bool()> check = [login, password] {
    return config::verify_password(login.client->password, password.reveal());
  };
  const bool right = co_await net::run_on<bool>(workers_, std::move(check));
  if (right && rememberable) {
    const std::lock_guard lock(mutex_);
    verified_[client.login] = Verified{key, clock_.steady() + kRemembered};
  }
  co_return right;
}

std::chrono::seconds Authenticator::delay_for(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.steady();
  if (guesses_.size() > kMaxGuessers) {
    std::erase_if(guesses_, [now](const auto& entry) { return now - entry.second.last > kForgiven; });
  }
  Guesses& guesses = guesses_[address];
  const bool again = guesses.delay.count() != 0 && now - guesses.last <= kForgiven;
  guesses.delay = again ? std::min(guesses.delay * 2, kLongestDelay) : kFirstDelay;
  guesses.last = now;
  return guesses.delay;
}

Awaitable<boost::system::result<Login, LoginRefusal>>
Authenticator::log_in(Protocol protocol, std::string login, config::Secret password, net::Peer peer, bool tls,
                      SessionTicket& ticket) {
  if (!plaintext_allowed(peer, tls)) {
    co_return LoginRefusal::plaintext;
  }
  const auto began = clock_.steady();
  Login who;
  who.settings = settings_.get();
  const auto found = who.settings->find_login(login);
  who.user = found.user;
  who.client = found.client;
  bool right = false;
  if (who.client != nullptr) {
    right = co_await verify(who, password, peer.address, ticket);
  }
  if (ticket.must_end()) {
    co_return LoginRefusal::ended;
  }
  if (!right) {
    // Counted from the start, so an unknown login takes as long as a wrong password.
    auto delay = clock_.sleep_until(began + delay_for(peer.address));
    const bool waited = co_await ticket.wait(std::move(delay));
    co_return waited ? LoginRefusal::wrong : LoginRefusal::ended;
  }
  if (!protocol_allowed(*who.client, protocol) || !address_allowed(*who.client, peer)) {
    co_return LoginRefusal::not_allowed;
  }
  co_return who;
}

std::optional<PlainCredentials> parse_sasl_plain(std::string_view base64) {
  if (base64 == "=") {
    base64 = {};
  } // RFC 4422: an empty initial response
  std::string text(base64.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(text.data()), text.size(), base64.data(),
                        base64.size(), nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
    return std::nullopt;
  }
  text.resize(size);
  const auto first = text.find('\0');
  const auto second = first == std::string::npos ? first : text.find('\0', first + 1);
  if (second == std::string::npos || text.find('\0', second + 1) != std::string::npos) {
    return std::nullopt;
  }
  PlainCredentials credentials;
  const std::string acts_for = text.substr(0, first);
  credentials.login = text.substr(first + 1, second - first - 1);
  credentials.password = config::Secret(text.substr(second + 1));
  sodium_memzero(text.data(), text.size());
  if (credentials.login.empty() || (!acts_for.empty() && acts_for != credentials.login)) {
    return std::nullopt;
  }
  return credentials;
}

} // namespace homespool::server
