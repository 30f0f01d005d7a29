// The authorization state: CAPA, STLS, USER, PASS, AUTH, and the opening of the maildrop.
#include "net/peer_text.hpp"
#include "server/pop3/limits.hpp"
#include "server/pop3/session.hpp"
#include "server/shown_capabilities.hpp"

#include <spdlog/spdlog.h>

namespace homespool::server::pop3 {

bool Session::offers_login() const {
  return room_.shared.authenticator.plaintext_allowed(stream_->peer(), stream_->is_tls());
}

bool Session::stls_possible() const {
  return !login_ && !stream_->is_tls() && room_.shared.pop3_tls.get() != nullptr;
}

void Session::do_capa() {
  std::vector<std::string> capabilities{"TOP",        "UIDL",        "RESP-CODES", "AUTH-RESP-CODE",
                                        "PIPELINING", "EXPIRE NEVER"};
  if (stls_possible()) {
    capabilities.emplace_back("STLS");
  }
  if (login_ || offers_login()) {
    capabilities.emplace_back("USER");
    capabilities.emplace_back("SASL PLAIN");
  }
  if (login_) {
    capabilities.emplace_back("IMPLEMENTATION homespool");
  }
  const auto settings = room_.shared.settings.get();
  const config::Client* client = login_ ? login_->client : nullptr;
  ok("capabilities follow");
  for (const std::string& capability : capabilities) {
    if (is_shown(*settings, client, capability)) {
      out_.append(capability).append("\r\n");
    }
  }
  out_ += ".\r\n";
}

Awaitable<void> Session::do_stls() {
  if (!stls_possible()) {
    bad_command("STLS is not possible here");
    co_return;
  }
  if (lines_.buffered() != 0) { // what came before the handshake was not protected by it
    end();
    co_return;
  }
  ok("begin TLS");
  co_await flush();
  if (ended_) {
    co_return;
  }
  user_name_.clear();
  set_deadline();
  const bool secured = co_await start_tls();
  if (!secured) {
    end();
  }
}

Awaitable<void> Session::do_user(std::string login) {
  if (!offers_login()) {
    error("[AUTH] no password in clear here: say STLS first");
    co_return;
  }
  if (login.empty()) {
    bad_command("USER needs a name");
    co_return;
  }
  user_name_ = std::move(login);
  ok("now the password");
}

Awaitable<void> Session::do_pass(std::string password) {
  if (user_name_.empty()) {
    bad_command("USER comes first");
    co_return;
  }
  std::string login = std::exchange(user_name_, {});
  co_await log_in(std::move(login), config::Secret(std::move(password)));
}

Awaitable<void> Session::do_auth(std::string arguments) {
  const auto blank = arguments.find(' ');
  std::string mechanism = arguments.substr(0, blank);
  std::transform(mechanism.begin(), mechanism.end(), mechanism.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (mechanism != "PLAIN") {
    error("only AUTH PLAIN is known here"); // no nonsense: clients try one mechanism after the other
    co_return;
  }
  if (!offers_login()) {
    error("[AUTH] no password in clear here: say STLS first");
    co_return;
  }
  std::string response = blank == std::string::npos ? std::string{} : arguments.substr(blank + 1);
  if (blank == std::string::npos) {
    out_ += "+ \r\n";
    co_await flush();
    set_deadline();
    const auto line = co_await lines_.read_line(kSaslLine);
    if (!line) {
      end();
      co_return;
    }
    response = *line;
  }
  if (response == "*") {
    error("given up");
    co_return;
  }
  auto credentials = parse_sasl_plain(response);
  if (!credentials) {
    bad_command("that is no PLAIN response");
    co_return;
  }
  co_await log_in(std::move(credentials->login), std::move(credentials->password));
}

Awaitable<void> Session::log_in(std::string login, config::Secret password) {
  const net::Peer peer = stream_->peer();
  const bool tls = stream_->is_tls();
  auto outcome = co_await room_.shared.authenticator.log_in(Protocol::pop3, login, std::move(password), peer,
                                                            tls, *ticket_);
  if (outcome.has_error()) {
    switch (outcome.error()) {
    case LoginRefusal::ended:
      co_return; // the reason comes before the next command
    case LoginRefusal::wrong:
      error("[AUTH] login or password is wrong");
      break;
    case LoginRefusal::not_allowed:
      error("[AUTH] this login may not use POP3 from here");
      break;
    case LoginRefusal::plaintext:
      error("[AUTH] no password in clear here: say STLS first");
      break;
    }
    spdlog::info("pop3: login '{}' from {} refused", net::peer_text(login), peer.address);
    if (++failed_logins_ >= kFailedLogins) {
      end();
    }
    co_return;
  }
  login_ = std::move(*outcome);
  const bool opened = co_await open_maildrop();
  if (!opened) {
    login_.reset();
    error("[SYS/TEMP] the mailbox cannot be opened now");
    co_return;
  }
  ticket_->logged_in(login_->user->name, login_->client->login);
  room_.shared.spool.note_client(login_->client->login, "pop3");
  spdlog::info("pop3: {} logged in from {}", net::peer_text(login_->client->login), peer.address);
  ok(std::to_string(maildrop_->count()) + " messages");
}

Awaitable<bool> Session::open_maildrop() {
  spool::Spool& spool = room_.shared.spool;
  const auto inbox = spool.find_mailbox(login_->user->name, "INBOX");
  if (!inbox) {
    co_return false;
  }
  hold_ = spool.hold_deleted(); // what the session lists it can read, until it ends
  const auto snapshot = co_await spool.snapshot(inbox->id);
  if (!snapshot) {
    co_return false;
  }
  const config::ClientPop3& settings = login_->client->pop3;
  auto left_out = co_await spool.hidden(login_->client->login);
  if (!left_out) {
    co_return false;
  }
  if (settings.newer_than) {
    const auto now = std::chrono::floor<std::chrono::seconds>(room_.shared.clock.wall());
    const auto old = co_await arrived_before(room_.reader, *snapshot, now - *settings.newer_than);
    if (!old) {
      co_return false;
    }
    left_out->insert(left_out->end(), old->begin(), old->end());
  }
  maildrop_.emplace(choose(**snapshot, settings, std::move(*left_out)));
  co_return true;
}

} // namespace homespool::server::pop3
