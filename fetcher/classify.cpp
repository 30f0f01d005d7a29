#include "fetcher/classify.hpp"

#include "fetcher/limits.hpp"
#include "mail/ascii.hpp"
#include "net/peer_text.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <initializer_list>

namespace homespool::fetcher {
namespace {

namespace error = boost::asio::error;
using boost::system::error_code;

bool part_of_word(char c) {
  return mail::is_alpha(c) || mail::is_digit(c) || mail::is_8bit(c) || c == '_';
}

// As words, not as parts of words.
bool contains_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !part_of_word(text[at - 1]);
    const bool ends = end == text.size() || !part_of_word(text[end]);
    if (begins && ends) return true;
  }
  return false;
}

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return contains_word(text, word); });
}

// Addresses, names of hosts: an @, or a dot inside.
bool is_name(std::string_view token) {
  if (token.find('@') != std::string_view::npos) return true;
  for (std::size_t i = 1; i + 1 < token.size(); ++i) {
    if (token[i] == '.' && part_of_word(token[i - 1]) && part_of_word(token[i + 1])) return true;
  }
  return false;
}

void take_out(std::string& text, std::string_view word) {
  for (std::size_t at = 0; !word.empty() && (at = text.find(word, at)) != std::string::npos;) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !part_of_word(text[at - 1]);
    const bool ends = end == text.size() || !part_of_word(text[end]);
    if (begins && ends) text.replace(at, word.size(), word.size(), ' ');
    at = end;
  }
}

// What is the server's own in a sentence: in small letters, without names and without the login.
std::string judged_words(std::string_view text, std::string_view login) {
  std::string lower = mail::to_ascii_lower(text.substr(0, limits::kServerText));
  const std::string small_login = mail::to_ascii_lower(login);
  take_out(lower, small_login);
  take_out(lower, std::string_view(small_login).substr(0, small_login.find('@')));
  for (std::size_t at = 0; at < lower.size();) {
    const std::size_t end = std::min(lower.find_first_of(" \t", at), lower.size());
    if (is_name(std::string_view(lower).substr(at, end - at))) lower.replace(at, end - at, end - at, ' ');
    at = end + 1;
  }
  return lower;
}

std::optional<FailureClass> class_of_code(std::string_view code) {
  using mail::equals_ignoring_case;
  if (equals_ignoring_case(code, "IN-USE")) return FailureClass::busy;
  if (equals_ignoring_case(code, "LOGIN-DELAY")) return FailureClass::rate;
  if (equals_ignoring_case(code, "SYS/TEMP")) return FailureClass::temporary;
  if (equals_ignoring_case(code, "SYS/PERM")) return FailureClass::permanent;
  if (equals_ignoring_case(code, "AUTH")) return FailureClass::login;
  return std::nullopt;
}

// For servers without response codes. A sentence may fit several: the kinder reading comes first.
std::optional<FailureClass> class_of_words(std::string_view words) {
  if (contains_any(words, {"too many", "limit", "limits", "limited", "ratelimit", "ratelimited",
                           "login-delay", "throttle", "throttled", "throttling", "too often", "too frequent",
                           "too frequently", "login delay", "minimum interval"})) {
    return FailureClass::rate;
  }
  if (contains_any(words, {"lock", "locked", "locking", "in use", "in-use", "already logged", "busy",
                           "another session", "another connection"})) {
    return FailureClass::busy;
  }
  if (contains_any(words, {"temporary", "temporarily", "try again", "try later", "unavailable",
                           "internal error", "server error", "backend", "backends", "overload", "overloaded",
                           "shutting down", "maintenance"})) {
    return FailureClass::temporary;
  }
  return std::nullopt;
}

FailureClass class_without_evidence(Step step) {
  if (step == Step::login) return FailureClass::login;
  if (step == Step::tls) return FailureClass::tls;
  return FailureClass::temporary;
}

// The sentence for errors of the network, without the system's capitals.
std::string sentence(const error_code& code) {
  if (code == error::connection_refused) return "connection refused";
  if (code == error::timed_out) return "no answer in time";
  if (code == error::eof) return "the server closed the connection";
  if (code == error::connection_reset) return "the connection was reset";
  if (code == error::host_not_found || code == error::no_data) return "the host name is not known";
  if (code == error::host_not_found_try_again) return "the name lookup failed for now";
  if (code == error::network_unreachable) return "the network is unreachable";
  if (code == error::host_unreachable) return "no route to the host";
  if (code == error::message_size) return "the server sent a line without an end";
  return net::peer_text(code.message(), limits::kServerText);
}

FailureClass class_of_error(Step step, const error_code& code) {
  if (step == Step::resolve) return FailureClass::network;
  if (code == error::network_unreachable || code == error::host_unreachable || code == error::network_down) {
    return FailureClass::network;
  }
  return FailureClass::temporary;
}

std::chrono::seconds unit_after(std::string_view text) {
  text = mail::trim_spaces(text);
  const auto end = std::find_if_not(text.begin(), text.end(), mail::is_alpha);
  const std::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  if (word == "h" || word.starts_with("hour")) return std::chrono::hours(1);
  if (word == "m" || word.starts_with("min")) return std::chrono::minutes(1);
  if (word == "s" || word.starts_with("sec")) return std::chrono::seconds(1);
  return std::chrono::seconds(0);
}

} // namespace

Failure refused(Step step, const Reply& reply, std::string_view login) {
  Failure failure;
  failure.step = step;
  if (reply.kind != Reply::Kind::err) {
    failure.kind = FailureClass::temporary;
    failure.text = "the server's answer is not POP3: " + net::peer_text(reply.text, limits::kServerText - 40);
    return failure;
  }
  const auto by_code = class_of_code(reply.code);
  const std::string words = judged_words(reply.text, login);
  const auto by_words = by_code ? std::nullopt : class_of_words(words);
  failure.kind = by_code ? *by_code : by_words.value_or(class_without_evidence(step));
  failure.login_said_so = by_code == FailureClass::login;
  failure.wait_by_code = by_code == FailureClass::rate;
  if (failure.kind == FailureClass::rate) failure.suggested = suggested_wait(words, failure.wait_by_code);
  failure.text = net::peer_text(reply.text, limits::kServerText);
  if (failure.text.empty()) failure.text = "-ERR without a reason";
  return failure;
}

Failure broken(Step step, const error_code& error, std::string_view tls_reason) {
  Failure failure;
  failure.step = step;
  failure.kind = class_of_error(step, error);
  failure.text = sentence(error);
  if (!tls_reason.empty()) {
    failure.kind = FailureClass::tls;
    failure.text = net::peer_text(tls_reason, limits::kServerText);
  }
  return failure;
}

std::chrono::seconds suggested_wait(std::string_view text, bool bare) {
  const std::string lower = mail::to_ascii_lower(text);
  std::string_view rest = lower;
  while (!rest.empty()) {
    if (!mail::is_digit(rest.front())) {
      rest.remove_prefix(1);
      continue;
    }
    const auto number = take_number(rest);
    if (!number) return std::chrono::seconds(0);
    const bool seconds = bare && mail::trim_spaces(rest).empty();
    const std::chrono::seconds unit = seconds ? std::chrono::seconds(1) : unit_after(rest);
    if (unit.count() > 0 && *number > 0 && *number <= 86'400) {
      return std::min(unit * static_cast<std::int64_t>(*number), std::chrono::seconds(86'400));
    }
  }
  return std::chrono::seconds(0);
}

} // namespace homespool::fetcher
