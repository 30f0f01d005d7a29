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

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
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
std::optional<FailureClass> class_of_words(std::string_view text) {
  const std::string lower = ' ' + mail::to_ascii_lower(text.substr(0, limits::kServerText));
  if (contains_any(lower, {"too many", "limit", "login-delay", "throttl", "too often", "too frequent",
                           "login delay", "minimum interval"})) {
    return FailureClass::rate;
  }
  if (contains_any(lower, {" lock", "[lock", "in use", "in-use", "already logged", "busy", "another session",
                           "another connection"})) {
    return FailureClass::busy;
  }
  if (contains_any(lower, {"temporar", "try again", "try later", "unavailable", "internal error",
                           "server error", "backend", "overload", "shutting down", "maintenance"})) {
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
  if (word == "s" || word.starts_with("sec") || text.empty()) return std::chrono::seconds(1);
  return std::chrono::seconds(0);
}

} // namespace

Failure refused(Step step, const Reply& reply) {
  Failure failure;
  failure.step = step;
  if (reply.kind != Reply::Kind::err) {
    failure.kind = FailureClass::temporary;
    failure.text = "the server's answer is not POP3: " + net::peer_text(reply.text, limits::kServerText - 40);
    return failure;
  }
  const auto by_code = class_of_code(reply.code);
  const auto by_words = by_code ? std::nullopt : class_of_words(reply.text);
  failure.kind = by_code ? *by_code : by_words.value_or(class_without_evidence(step));
  failure.login_said_so = by_code == FailureClass::login;
  if (failure.kind == FailureClass::rate) failure.suggested = suggested_wait(reply.text);
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

std::chrono::seconds suggested_wait(std::string_view text) {
  const std::string lower = mail::to_ascii_lower(text);
  std::string_view rest = lower;
  while (!rest.empty()) {
    if (!mail::is_digit(rest.front())) {
      rest.remove_prefix(1);
      continue;
    }
    const auto number = take_number(rest);
    if (!number) return std::chrono::seconds(0);
    const std::chrono::seconds unit = unit_after(rest);
    if (unit.count() > 0 && *number > 0 && *number <= 86'400) {
      return std::min(unit * static_cast<std::int64_t>(*number), std::chrono::seconds(86'400));
    }
  }
  return std::chrono::seconds(0);
}

} // namespace homespool::fetcher
