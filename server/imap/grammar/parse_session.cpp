// ID, LOGIN, AUTHENTICATE, ENABLE.
#include "server/imap/grammar/families.hpp"

#include "mail/ascii.hpp"

namespace homespool::server::imap::grammar {
namespace {

bool is_base64(std::string_view text) {
  for (const char c : text)
    if (!mail::is_alpha(c) && !mail::is_digit(c) && c != '+' && c != '/' && c != '=') return false;
  return !text.empty();
}

} // namespace

bool parse_id(Scanner& in, Command& out) {
  command::Id id;
  if (!in.space()) return false;
  if (in.peek() != '(') {
    std::optional<std::string> nil;
    if (!in.nstring(nil)) return false;
    if (nil) return in.fail("ID takes a list or NIL");
    out = std::move(id);
    return true;
  }
  const bool fine = in.list(true, [&] {
    auto& field = id.fields.emplace_back();
    return in.string(field.first) && in.space() && in.nstring(field.second);
  });
  out = std::move(id);
  return fine;
}

bool parse_login(Scanner& in, Command& out) {
  command::Login login;
  std::string password;
  if (!in.space() || !in.astring(login.login) || !in.space() || !in.astring(password)) return false;
  login.password = config::Secret(std::move(password));
  out = std::move(login);
  return true;
}

bool parse_authenticate(Scanner& in, Command& out) {
  command::Authenticate authenticate;
  if (!in.space() || !in.upper_atom(authenticate.mechanism)) return false;
  in.skip_spaces();
  if (!in.at_end()) {
    std::string_view initial;
    if (!in.atom(initial)) return false;
    if (!is_base64(initial)) return in.fail("the initial response is not base64");
    authenticate.initial.emplace(initial);
  }
  out = std::move(authenticate);
  return true;
}

bool parse_enable(Scanner& in, Command& out) {
  command::Enable enable;
  do {
    if (enable.capabilities.size() == in.limits().elements) return in.fail("the list is too long");
    if (!in.space() || !in.upper_atom(enable.capabilities.emplace_back())) return false;
  } while (in.peek() == ' ');
  out = std::move(enable);
  return true;
}

} // namespace homespool::server::imap::grammar
