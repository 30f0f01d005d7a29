// Looks up users, logins and deleters.
#include "config/settings.hpp"

#include <algorithm>

namespace homespool::config {

const Client* User::deleter() const {
  const auto found =
      std::find_if(clients.begin(), clients.end(), [](const Client& c) { return c.may_delete; });
  return found == clients.end() ? nullptr : &*found;
}

Settings::Found Settings::find_login(std::string_view login) const {
  for (const User& user : users)
    for (const Client& client : user.clients)
      if (client.login == login) return {&user, &client};
  return {};
}

const User* Settings::find_user(std::string_view name) const {
  const auto found = std::find_if(users.begin(), users.end(), [&](const User& u) { return u.name == name; });
  return found == users.end() ? nullptr : &*found;
}

} // namespace homespool::config
