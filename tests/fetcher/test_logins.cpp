// With which settings, how often and on what evidence the fetcher logs in.
#include "tests/fetcher/house.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <sys/stat.h>

using namespace homespool;
using namespace homespool::test;

TEST_CASE("one hiccup at CAPA does not switch it off") {
  test::Upstream upstream;
  upstream.put(letter(1));
  upstream.capa_lines = "SASL PLAIN\r\n";
  upstream.capa_closes_once = 1;
  upstream.user = false;
  House house(upstream);
  house.open();
  CHECK(house.fetch().failure->kind == fetcher::FailureClass::login);
  house.clock().advance(std::chrono::seconds(61)); // a host that refused sees one login a minute
  const auto report = house.fetch();
  CHECK_FALSE(report.failure);
  CHECK(report.new_messages == 1);
}

TEST_CASE("accounts of one host with one wrong password are refused a few times, not once for each") {
  test::Upstream upstream;
  upstream.password = "other";
  House house(upstream);
  for (int i = 0; i < 5; ++i) {
    config::Account more = house.settings.accounts.front();
    more.name = "more" + std::to_string(i);
    house.settings.accounts.push_back(more);
  }
  house.open();
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const auto waiting = [&] { // all but three have been turned away
    const auto all = house.fetcher().status();
    return std::count_if(all.begin(), all.end(), [](const auto& account) {
      return account.state == "starting" && account.next_try &&
             *account.next_try > std::chrono::system_clock::now() + std::chrono::seconds(30);
    });
  };
  while (waiting() < 3 && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  CHECK(waiting() == 3);
  CHECK(upstream.logins() == 3);
}

TEST_CASE("a poll whose settings changed while it waited for its password goes nowhere") {
  test::Upstream old_place, new_place;
  new_place.put(letter(1));
  House house(old_place);
  const auto pipe = (house.folder() / "pipe").string();
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  house.account().password.kind = config::PasswordSource::Kind::command;
  house.account().password.command = "cat " + pipe;
  house.open();
  {
    std::ofstream reader_is_there(pipe); // opens once the command does
    house.account().password.kind = config::PasswordSource::Kind::clear;
    house.account().port = new_place.port();
    house.reload();
    reader_is_there << "secret\n";
  }
  CHECK_FALSE(house.fetch().failure);
  CHECK(house.inbox().size() == 1);
  CHECK(old_place.connections() == 0);
}

TEST_CASE("a stop ends the password commands that run, and begins none that waits") {
  test::Upstream upstream;
  House house(upstream);
  const auto begun = house.folder() / "begun";
  house.account().password.kind = config::PasswordSource::Kind::command;
  house.account().password.command = "echo >> " + begun.string() + "; sleep 1000";
  for (int i = 0; i < 9; ++i) {
    house.settings.accounts.push_back(house.account());
    house.settings.accounts.back().name = "more" + std::to_string(i);
  }
  house.open();
  const auto size = [&begun] {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(begun, error);
    return error ? 0 : bytes;
  };
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (size() < 4 && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  CHECK(size() == 4);
  house.close();
  CHECK(size() == 4);
}
