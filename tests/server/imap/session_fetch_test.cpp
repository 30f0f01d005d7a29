// FETCH of many long sections: what it holds in memory, and what it leaves out.
#include "tests/server/imap/session_world.hpp"

#include <catch2/catch.hpp>
#include <malloc.h>

using namespace homespool;
using namespace homespool::test;

namespace {

std::string with_header_of(std::size_t bytes) {
  std::string text = "Subject: big\r\n";
  for (int i = 0; text.size() < bytes; ++i)
    text += "X-" + std::to_string(i) + ": " + std::string(180, 'a') + "\r\n";
  return text + "\r\nbody\r\n";
}

std::string fetch_of(int sections) {
  std::string command = "f FETCH 1:* (UID";
  for (int i = 0; i < sections; ++i) command += " BODY.PEEK[HEADER.FIELDS.NOT (A" + std::to_string(i) + ")]";
  return command + ")\r\n";
}

void open_inbox(ImapWorld& world) {
  world.line("1");
  world.send("1", "l LOGIN taro-phone secret\r\ns SELECT INBOX\r\n");
  while (!world.line("1").starts_with("s OK")) {
  }
}

} // namespace

TEST_CASE("Chosen header fields are sent in pieces, not gathered, however many are asked for") {
  ImapWorld world("sections");
  const std::string message = with_header_of(400'000);
  world.deliver("taro", "INBOX", message);
  open_inbox(world);
  world.peer("1").set_window(1000);
  const auto before = ::mallinfo2().uordblks + ::mallinfo2().hblkhd;
  world.send("1", fetch_of(60));
  CHECK(world.line("1").starts_with("* 1 FETCH (UID 1 BODY[HEADER.FIELDS.NOT (A0)] {"));
  settle(world.io());
  CHECK(::mallinfo2().uordblks + ::mallinfo2().hblkhd < before + 8'000'000); // all of it is 24 MB
  world.peer("1").set_window(std::size_t{1} << 30);
  std::size_t got = 0;
  std::string tail;
  run_until(world.io(), [&] {
    const std::string more = world.peer("1").received();
    got += more.size();
    tail = (tail + more).substr(tail.size() + more.size() > 100 ? tail.size() + more.size() - 100 : 0);
    return tail.ends_with("f OK Fetched\r\n");
  });
  CHECK(got > 60 * 400'000);
  CHECK(tail.find("\r\n\r\n)\r\nf OK") != std::string::npos);
}

TEST_CASE("A command of more sections than any client asks for is refused") {
  ImapWorld world("limit");
  world.deliver("taro", "INBOX", with_header_of(100));
  open_inbox(world);
  world.send("1", fetch_of(101));
  CHECK(world.line("1").starts_with("f NO [LIMIT]"));
  world.send("1", fetch_of(100));
  CHECK(world.line("1").starts_with("* 1 FETCH"));
}
