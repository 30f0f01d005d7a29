// Logging in: USER and PASS (RFC 1939), AUTH PLAIN (RFC 5034, 4616).
#include "fetcher/classify.hpp"
#include "fetcher/pop3/conversation.hpp"

#include <sodium.h>

namespace homespool::fetcher {
namespace {

using config::AuthMechanism;
using net::Awaitable;

constexpr std::size_t kInitialResponse =
    255; // a command line with one must not be longer (RFC 5034 section 4)

Failure cannot(FailureClass kind, std::string text) {
  Failure failure;
  failure.kind = kind;
  failure.step = Step::login;
  failure.text = std::move(text);
  return failure;
}

bool fits_a_line(std::string_view text) {
  const std::string_view breaks("\r\n\0", 3);
  return text.find_first_of(breaks) == std::string_view::npos;
}

std::string base64(std::string_view bytes) {
  std::string out(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  out.resize(out.find('\0'));
  return out;
}

// One command and its answer.
Awaitable<boost::system::result<Reply, Failure>> exchange(Connection& connection, std::string command) {
  const Outcome failed = co_await connection.send(Step::login, std::move(command));
  if (failed) co_return *failed;
  co_return co_await connection.reply(Step::login);
}

Awaitable<Outcome> log_in_with_user(Connection& connection, const Credentials& credentials) {
  auto answer = co_await exchange(connection, "USER " + credentials.login + "\r\n");
  if (!answer) co_return answer.error();
  if (answer->kind != Reply::Kind::ok) co_return refused(Step::login, *answer, credentials.login);
  std::string pass = "PASS ";
  pass += credentials.password.reveal();
  pass += "\r\n";
  answer = co_await exchange(connection, std::move(pass));
  if (!answer) co_return answer.error();
  if (answer->kind != Reply::Kind::ok) co_return refused(Step::login, *answer, credentials.login);
  co_return std::nullopt;
}

Awaitable<Outcome> log_in_with_plain(Connection& connection, const Credentials& credentials) {
  std::string message = '\0' + credentials.login + '\0';
  message += credentials.password.reveal();
  const std::string response = base64(message);
  config::wipe(message);
  connection.hide(config::Secret(response));
  std::string first = "AUTH PLAIN " + response + "\r\n";
  const bool at_once = first.size() <= kInitialResponse;
  if (!at_once) first = "AUTH PLAIN\r\n";
  auto answer = co_await exchange(connection, std::move(first));
  if (answer && answer->kind == Reply::Kind::challenge) {
    answer = co_await exchange(connection, response + "\r\n");
  }
  if (!answer) co_return answer.error();
  if (answer->kind != Reply::Kind::ok) co_return refused(Step::login, *answer, credentials.login);
  co_return std::nullopt;
}

} // namespace

Awaitable<Outcome> log_in(Connection& connection, const Capabilities& capabilities, Credentials credentials) {
  if (!connection.is_tls() && !credentials.clear_allowed) {
    co_return cannot(FailureClass::tls, "the connection is not encrypted: the password is not sent");
  }
  if (!fits_a_line(credentials.login) || !fits_a_line(credentials.password.reveal())) {
    co_return cannot(FailureClass::local,
                     "the login or the password holds a line end or a NUL, which POP3 cannot carry");
  }
  connection.hide(credentials.password);
  switch (credentials.mechanism) {
  case AuthMechanism::automatic:
    if (capabilities.sasl_plain) co_return co_await log_in_with_plain(connection, credentials);
    co_return co_await log_in_with_user(connection, credentials);
  case AuthMechanism::user:
    co_return co_await log_in_with_user(connection, credentials);
  case AuthMechanism::plain:
    co_return co_await log_in_with_plain(connection, credentials);
  default:
    co_return cannot(FailureClass::local, "this login mechanism is not available yet");
  }
}

} // namespace homespool::fetcher
