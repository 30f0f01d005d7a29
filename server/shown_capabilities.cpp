#include "server/shown_capabilities.hpp"

#include "mail/ascii.hpp"

#include <algorithm>

namespace homespool::server {

namespace {

bool hides(const config::Client& client, std::string_view capability) {
  const std::string_view name = capability.substr(0, capability.find_first_of("= "));
  return std::any_of(
      client.hide_capabilities.begin(), client.hide_capabilities.end(), [&](const std::string& hidden) {
        return mail::equals_ignoring_case(hidden, capability) || mail::equals_ignoring_case(hidden, name);
      });
}

} // namespace

bool is_shown(const config::Settings& settings, const config::Client* client, std::string_view capability) {
  for (const std::string_view safety : {"STARTTLS", "STLS", "LOGINDISABLED"}) {
    if (capability == safety) return true;
  }
  if (client != nullptr) return !hides(*client, capability);
  return std::none_of(settings.users.begin(), settings.users.end(), [&](const config::User& user) {
    return std::any_of(user.clients.begin(), user.clients.end(),
                       [&](const config::Client& any) { return hides(any, capability); });
  });
}

} // namespace homespool::server
