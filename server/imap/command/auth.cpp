// Logging in: STARTTLS, LOGIN, AUTHENTICATE. Threads: the session's.
#include "server/imap/session.hpp"
#include "server/imap/wire/response.hpp"

#include <spdlog/spdlog.h>

namespace homespool::server::imap {

namespace {

constexpr std::size_t kSaslLine = 8 * 1024;
constexpr std::chrono::seconds kHandshakeLimit{30};

Reply reply_of(LoginRefusal refusal) {
  switch (refusal) {
  case LoginRefusal::not_allowed:
    return Reply::no("[AUTHORIZATIONFAILED] This login may not use IMAP from this address");
  case LoginRefusal::plaintext:
    return Reply::no("[PRIVACYREQUIRED] Use TLS before you send a password");
  case LoginRefusal::ended:
    return Reply::none(); // the reason comes with BYE
  case LoginRefusal::wrong:
    break;
  }
  return Reply::no("[AUTHENTICATIONFAILED] The login or the password is wrong");
}

} // namespace

Awaitable<Reply> Session::execute(command::StartTls) {
  if (stream_->is_tls()) co_return Reply::bad("TLS is on already");
  auto context = room_.shared.imap_tls.get();
  if (!context) co_return Reply::no("[UNAVAILABLE] There is no TLS here");
  if (reader_.buffered() > 0) {
    // What came before the handshake could be anybody's: it goes with the connection.
    spdlog::warn("imap: {} sent commands behind STARTTLS; the connection was dropped", whoami());
    over_ = true;
    co_return Reply::none();
  }
  const auto end = command_.find(' ');
  say(command_.substr(0, end), Reply::ok("Begin TLS now"));
  co_await out_.flush();
  stream_->expires_after(kHandshakeLimit);
  const net::ErrorCode error = co_await stream_->start_tls(std::move(context), std::string());
  if (error) {
    spdlog::info("imap: no TLS with {}: {}", whoami(), safe_text(error.message()));
    over_ = true;
  }
  reader_.discard();
  co_return Reply::none();
}

Awaitable<Reply> Session::execute(command::Login login) {
  return log_in(std::move(login.login), std::move(login.password));
}

Awaitable<Reply> Session::execute(command::Authenticate authenticate) {
  if (authenticate.mechanism != "PLAIN") co_return Reply::no("[CANNOT] Only PLAIN is known here");
  const bool allowed = room_.shared.authenticator.plaintext_allowed(stream_->peer(), stream_->is_tls());
  if (!allowed) co_return reply_of(LoginRefusal::plaintext);
  std::optional<std::string> response = std::move(authenticate.initial);
  if (!response) {
    out_.text() += "+ \r\n";
    response = co_await read_line(kSaslLine);
    if (!response) co_return Reply::none();
    if (*response == "*") co_return Reply::bad("Given up, as you wished");
  }
  auto credentials = parse_sasl_plain(*response);
  if (!credentials) co_return Reply::bad("That is no response of SASL PLAIN");
  co_return co_await log_in(std::move(credentials->login), std::move(credentials->password));
}

Awaitable<Reply> Session::log_in(std::string login, config::Secret password) {
  auto outcome = co_await room_.shared.authenticator.log_in(Protocol::imap, login, std::move(password),
                                                            stream_->peer(), stream_->is_tls(), ticket_);
  if (!outcome) {
    spdlog::info("imap: a login as {} from {} was refused", safe_text(login, 100), whoami());
    co_return reply_of(outcome.error());
  }
  user_ = outcome->user->name;
  const auto error = co_await spool().ensure_user(user_);
  if (error) co_return imap::reply_of(error);
  login_ = std::move(*outcome);
  bad_ = 0;
  ticket_.logged_in(user_, login);
  spool().note_client(login, "imap");
  spdlog::info("imap: {} logged in, from {}{}", safe_text(login, 100), whoami(),
               stream_->is_tls() ? " with TLS" : "");
  co_return Reply::ok("[CAPABILITY " + capabilities() + "] Logged in");
}

} // namespace homespool::server::imap
