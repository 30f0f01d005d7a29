// Whose sessions a reload ends.

#include "server/listeners.hpp"

#include <catch2/catch.hpp>

using namespace homespool;
using Logins = std::set<std::string>;

namespace {

config::Settings house(const std::string& deleter) {
  config::User user;
  user.name = "taro";
  for (const std::string login : {"desk", "phone", "tablet"}) {
    config::Client client;
    client.login = login;
    client.may_delete = login == deleter;
    user.clients.push_back(client);
  }
  config::Settings settings;
  settings.users.push_back(user);
  return settings;
}

} // namespace

TEST_CASE("A change of deleter ends no session but those of IMAP of both clients") {
  CHECK(server::logins_to_end(house("desk"), house("phone")).empty());
  CHECK(server::deleters_changed(house("desk"), house("phone")) == Logins{"desk", "phone"});
  CHECK(server::deleters_changed(house("desk"), house("")) == Logins{"desk"});
  CHECK(server::deleters_changed(house(""), house("phone")) == Logins{"phone"});
  CHECK(server::deleters_changed(house("desk"), house("desk")).empty());
}

TEST_CASE("A client that is gone or otherwise changed loses its sessions") {
  auto after = house("desk");
  after.users[0].clients[1].pop3.show = config::Show::unread;
  CHECK(server::logins_to_end(house("desk"), after) == Logins{"phone"});
  after.users[0].clients.pop_back();
  CHECK(server::logins_to_end(house("desk"), after) == Logins{"phone", "tablet"});
  after.users[0].name = "hana";
  CHECK(server::logins_to_end(house("desk"), after) == Logins{"desk", "phone", "tablet"});
}
