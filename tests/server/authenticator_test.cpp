// Who waits for whom when passwords are guessed, and what ends a wait.
#include "config/password.hpp"
#include "server/authenticator.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/run.hpp"

#include <catch2/catch.hpp>
#include <future>

using namespace homespool;
using namespace homespool::test;
using server::LoginRefusal;
using Outcome = boost::system::result<server::Login, LoginRefusal>;

namespace {

std::shared_ptr<const config::Settings> house() {
  config::Client clear, hashed;
  clear.login = "clear";
  clear.password.kind = config::PasswordSource::Kind::clear;
  clear.password.text = config::Secret("right");
  hashed.login = "hashed";
  hashed.password.kind = config::PasswordSource::Kind::hash;
  hashed.password.text = config::Secret(config::hash_scram_sha_256("right"));
  config::User user;
  user.name = "taro";
  user.clients = {clear, hashed};
  auto settings = std::make_shared<config::Settings>();
  settings->users = {user};
  return settings;
}

// Logins from any address; the one worker does nothing until it is let go.
struct Door {
  struct Visit {
    std::unique_ptr<server::SessionTicket> ticket;
    std::unique_ptr<Running<Outcome>> outcome;
    bool done() const { return outcome->done(); }
  };

  Door() {
    boost::asio::post(workers, [until = go.get_future().share()] { until.wait(); });
  }
  ~Door() {
    let_go();
    sessions.end_all("the test is over");
    run_until(io, [this] {
      return std::all_of(visits.begin(), visits.end(), [](const auto& visit) { return visit.done(); });
    });
    workers.join();
  }
  void let_go() {
    if (!std::exchange(gone, true)) go.set_value();
  }
  Visit& log_in(const std::string& login, const std::string& password, const std::string& address) {
    Visit& visit = visits.emplace_back();
    visit.ticket = std::make_unique<server::SessionTicket>(sessions, server::Protocol::imap, address,
                                                           io.get_executor(), [] {});
    net::Peer peer;
    peer.address = address;
    peer.loopback = true;
    auto task = authenticator.log_in(server::Protocol::imap, login, config::Secret(password), peer, true,
                                     *visit.ticket);
    visit.outcome = std::make_unique<Running<Outcome>>(io, std::move(task));
    settle(io);
    return visit;
  }

  boost::asio::io_context io{1};
  FakeClock clock;
  std::promise<void> go;
  bool gone = false;
  net::WorkerPool workers{1};
  config::Current<const config::Settings> settings{house()};
  server::SessionRegistry sessions;
  server::Authenticator authenticator{settings, clock, workers};
  std::list<Visit> visits;
};

} // namespace

TEST_CASE("A password in clear is compared while the workers are busy with hashes") {
  Door door;
  door.log_in("hashed", "guess", "192.0.2.1");
  auto& right = door.log_in("clear", "right", "192.0.2.1");
  REQUIRE(right.done());
  CHECK(right.outcome->get().has_value());
}

TEST_CASE("Whoever guesses at a hash waits behind its own address, and nobody else does") {
  Door door;
  for (int i = 0; i < 6; ++i) door.log_in("hashed", "guess", "192.0.2.1");
  auto& right = door.log_in("hashed", "right", "192.0.2.2");
  door.let_go();
  run_until(door.io, [&] { return right.done(); });
  CHECK(right.outcome->get().has_value());
  CHECK(door.clock.sleepers() <= 3); // guesses that were answered before it
}

TEST_CASE("A session that has to end waits neither for a worker nor for the end of a delay") {
  Door door;
  auto& delayed = door.log_in("clear", "guess", "192.0.2.9");
  std::vector<Door::Visit*> queued;
  for (int i = 0; i < 4; ++i) queued.push_back(&door.log_in("hashed", "guess", "192.0.2.1"));
  CHECK(door.clock.sleepers() == 1);
  door.sessions.end_all("enough");
  settle(door.io);
  REQUIRE(delayed.done());
  CHECK(delayed.outcome->get().error() == LoginRefusal::ended);
  REQUIRE((queued[2]->done() && queued[3]->done()));
  CHECK(queued[3]->outcome->get().error() == LoginRefusal::ended);
  auto& late = door.log_in("clear", "guess", "192.0.2.9");
  settle(door.io);
  REQUIRE(late.done());
  CHECK(late.outcome->get().error() == LoginRefusal::ended);
}

TEST_CASE("A wrong password waits twice as long each time, up to 15 s, and a right one not at all") {
  Door door;
  for (const int seconds : {2, 4, 8, 15, 15}) {
    auto& wrong = door.log_in("clear", "guess", "192.0.2.1");
    door.clock.advance(std::chrono::seconds{seconds} - std::chrono::milliseconds{1});
    settle(door.io);
    CHECK_FALSE(wrong.done());
    auto& right = door.log_in("clear", "right", "192.0.2.1");
    CHECK(right.done());
    door.clock.advance(std::chrono::milliseconds{1});
    settle(door.io);
    REQUIRE(wrong.done());
    CHECK(wrong.outcome->get().error() == LoginRefusal::wrong);
  }
}
