// Sessions that are asked to end, over both protocols: while they wait, while they send, between commands.
#include "tests/server/imap/session_world.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <sys/resource.h>
#include <thread>

using namespace homespool;
using namespace homespool::test;

namespace {

const std::string kLong = "Subject: long\r\n\r\n" + std::string(3'000'000, 'x') + "\r\n";

void imap_login(ImapWorld& world, const std::string& id, const std::string& login) {
  world.line(id);
  world.send(id, "l LOGIN " + login + " secret\r\n");
  REQUIRE(world.line(id).starts_with("l OK"));
}

void select_inbox(ImapWorld& world, const std::string& id) {
  world.send(id, "s SELECT INBOX\r\n");
  while (!world.line(id).starts_with("s OK")) {
  }
}

// All that comes until the connection ends.
std::string rest(ImapWorld& world, const std::string& id) {
  MemoryPeer& peer = world.peer(id);
  std::string all;
  run_until(world.io(), [&] {
    all += peer.received();
    return peer.closed();
  });
  return all + peer.received();
}

// A session that is being sent the long message, as fast as it reads.
void send_long(ImapWorld& world, const std::string& more = {}) {
  world.deliver("taro", "INBOX", kLong);
  imap_login(world, "1", "taro-phone");
  select_inbox(world, "1");
  world.peer("1").set_window(100'000);
  world.send("1", "f FETCH 1 BODY.PEEK[]\r\n" + more);
  CHECK(world.line("1").starts_with("* 1 FETCH"));
}

} // namespace

TEST_CASE("Whoever is crowded out while it waits for a wrong password is told at once") {
  ImapWorld world("crowd");
  for (const std::string id : {"1", "q1"}) {
    world.line(id);
    world.send(id, id == "1" ? "a LOGIN taro-desk wrong\r\n" : "USER taro-desk\r\nPASS wrong\r\n");
    CHECK(world.quiet(id));
  }
  for (int i = 0; i < 30; ++i) world.line("more" + std::to_string(i));
  CHECK(world.line("1").starts_with("* BYE too many connections"));
  CHECK(world.line("1") == "(closed)");
  CHECK(world.line("q1").starts_with("+OK"));
  CHECK(world.line("q1").starts_with("-ERR [SYS/TEMP] too many connections"));
  CHECK(world.line("q1") == "(closed)");
}

TEST_CASE("Sessions that come while the server stops are told so") {
  ImapWorld world("late");
  world.sessions().end_all("the server is stopping");
  CHECK(world.line("1").starts_with("* OK"));
  CHECK(world.line("1") == "* BYE the server is stopping");
  CHECK(world.line("1") == "(closed)");
}

TEST_CASE("A login that the settings took away gets no more of the message it was being sent") {
  ImapWorld world("cut");
  world.deliver("taro", "INBOX", kLong);
  imap_login(world, "1", "taro-phone");
  select_inbox(world, "1");
  world.line("q1");
  world.send("q1", "USER taro-phone\r\nPASS secret\r\n");
  world.line("q1");
  REQUIRE(world.line("q1") == "+OK 1 messages");
  for (const std::string id : {"1", "q1"}) world.peer(id).set_window(100'000);
  world.send("1", "f FETCH 1 BODY.PEEK[]\r\n");
  world.send("q1", "RETR 1\r\n");
  CHECK(world.line("1").starts_with("* 1 FETCH"));
  CHECK(world.line("q1").starts_with("+OK 3"));
  settle(world.io());
  world.sessions().end_login("taro-phone", "the login is gone");
  for (const std::string id : {"1", "q1"}) {
    const std::string more = rest(world, id);
    CHECK(more.size() < 1'000'000);
    CHECK(more.find("\r\n.\r\n") == std::string::npos);
    CHECK(more.find("f OK") == std::string::npos);
  }
}

TEST_CASE("A server that stops lets an answer be sent to its end") {
  ImapWorld world("whole");
  send_long(world);
  world.sessions().end_all("the server is stopping");
  const std::string more = rest(world, "1");
  CHECK(more.size() > kLong.size() - 200'000);
  CHECK(more.ends_with("f OK Fetched\r\n* BYE the server is stopping\r\n"));
}

TEST_CASE("Commands that wait behind the one that was served last are not served any more") {
  ImapWorld world("behind");
  send_long(world, "g STORE 1 +FLAGS (\\Flagged)\r\n");
  world.sessions().end_login("taro-phone", "the login is gone");
  CHECK(rest(world, "1").find("g OK") == std::string::npos);
  const auto inbox = world.spool().find_mailbox("taro", "INBOX");
  CHECK((*run(world.io(), world.spool().snapshot(inbox->id)).value())[0].flags.bits == 0);
}

TEST_CASE("A POP3 session that has to end serves no command that came before") {
  ImapWorld world("pop");
  world.line("q1");
  world.sessions().end_all("the server is stopping");
  world.send("q1", "CAPA\r\nCAPA\r\n");
  CHECK(world.line("q1") == "-ERR [SYS/TEMP] the server is stopping");
  CHECK(world.line("q1") == "(closed)");
}

namespace {

// Whether this process has the file open.
bool is_open(const std::string& name) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry.path(), gone).filename() == name) return true;
  }
  return false;
}

} // namespace

TEST_CASE("What the machine cannot read now is not called damaged") {
  ImapWorld world("errors");
  // A pack by itself, which nobody has open: the search index is done with it, and others came since.
  world.deliver("taro", "INBOX", kLong);
  const std::string other = "Subject: other\r\n\r\n" + std::string(1'100'000, 'y') + "\r\n";
  for (int i = 0; i < 70; ++i) world.deliver("taro", "Archive", other);
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (is_open("s000001.pack") && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  imap_login(world, "1", "taro-phone");
  select_inbox(world, "1");
  world.line("q1");
  world.send("q1", "USER taro-phone\r\nPASS secret\r\n");
  world.line("q1");
  REQUIRE(world.line("q1") == "+OK 1 messages");
  // No file can be opened any more.
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  rlimit none = limit;
  none.rlim_cur = 3;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  world.send("1", "f FETCH 1 BODY.PEEK[]\r\n");
  CHECK(world.line("1").starts_with("f NO [UNAVAILABLE]"));
  for (const std::string command : {"RETR 1\r\n", "TOP 1 0\r\n"}) {
    world.send("q1", command);
    CHECK(world.line("q1").starts_with("-ERR [SYS/TEMP]"));
  }
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  world.send("q1", "RETR 1\r\n");
  CHECK(world.line("q1").starts_with("+OK"));
}
