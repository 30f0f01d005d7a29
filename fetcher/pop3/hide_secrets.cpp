#include "fetcher/pop3/hide_secrets.hpp"

#include "mail/ascii.hpp"

namespace homespool::fetcher {
namespace {

constexpr std::size_t kShort = 6;

bool part_of_word(char c) {
  return mail::is_alpha(c) || mail::is_digit(c) || mail::is_8bit(c);
}

std::size_t common_start(std::string_view a, std::string_view b) {
  std::size_t length = 0;
  while (length < a.size() && length < b.size() &&
         mail::ascii_lower(a[length]) == mail::ascii_lower(b[length]))
    ++length;
  return length;
}

bool after_pass(std::string_view before) {
  constexpr std::string_view kPass = "pass ";
  return before.size() >= kPass.size() &&
         mail::equals_ignoring_case(before.substr(before.size() - kPass.size()), kPass);
}

// How many bytes of the secret stand at `at` and are to be hidden.
std::size_t to_hide(std::string_view text, std::size_t at, std::string_view secret) {
  const std::size_t length = common_start(text.substr(at), secret);
  if (length == 0) return 0;
  const std::size_t end = at + length;
  const bool alone =
      (at == 0 || !part_of_word(text[at - 1])) && (end == text.size() || !part_of_word(text[end]));
  if (length >= kShort) return length;
  const bool whole = length == secret.size();
  return alone && (whole || after_pass(text.substr(0, at))) ? length : 0;
}

} // namespace

std::string hide_secrets(std::string_view text, std::span<const config::Secret> secrets) {
  std::string shown;
  shown.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::size_t hidden = 0;
    for (const config::Secret& secret : secrets)
      hidden = std::max(hidden, to_hide(text, at, secret.reveal()));
    if (hidden == 0) {
      shown += text[at++];
      continue;
    }
    shown += "***";
    at += hidden;
  }
  return shown;
}

} // namespace homespool::fetcher
