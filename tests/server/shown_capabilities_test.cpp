// What hide_capabilities takes out of CAPA and CAPABILITY.
#include "server/shown_capabilities.hpp"

#include <catch2/catch.hpp>

using namespace homespool;
using server::is_shown;

namespace {

config::Settings house(std::vector<std::string> hidden) {
  config::Client old, desk;
  old.hide_capabilities = std::move(hidden);
  config::User user;
  user.clients = {old, desk};
  config::Settings settings;
  settings.users = {user};
  return settings;
}

} // namespace

TEST_CASE("A capability is hidden by its whole text or by its name, for that client alone") {
  const auto settings = house({"APPENDLIMIT", "SASL", "COMPRESS=DEFLATE", "AUTH=XOAUTH2"});
  const config::Client *old = &settings.users[0].clients[0], *desk = &settings.users[0].clients[1];
  for (const char* hidden : {"APPENDLIMIT=67108864", "SASL PLAIN", "COMPRESS=DEFLATE", "appendlimit"}) {
    INFO(hidden);
    CHECK_FALSE(is_shown(settings, old, hidden));
    CHECK(is_shown(settings, desk, hidden));
  }
  for (const char* shown : {"COMPRESS=LZ4", "AUTH=PLAIN", "SASL-IR", "APPENDLIMITS"}) {
    INFO(shown);
    CHECK(is_shown(settings, old, shown));
  }
}

TEST_CASE("Before login nobody is shown what trips one client") {
  const auto settings = house({"SASL-IR", "PIPELINING", "AUTH"});
  for (const char* hidden : {"SASL-IR", "PIPELINING", "AUTH=PLAIN"})
    CHECK_FALSE(is_shown(settings, nullptr, hidden));
  CHECK(is_shown(settings, nullptr, "IDLE"));
}

TEST_CASE("What says how to log in safely is never hidden") {
  const auto settings = house({"STARTTLS", "STLS", "LOGINDISABLED"});
  for (const char* safety : {"STARTTLS", "STLS", "LOGINDISABLED"}) {
    CHECK(is_shown(settings, nullptr, safety));
    CHECK(is_shown(settings, &settings.users[0].clients[0], safety));
  }
}
