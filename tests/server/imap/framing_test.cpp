// Where IMAP commands end, whatever the pieces they come in.

#include "server/imap/wire/framing.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace homespool::server::imap;
using Kind = Frame::Kind;
using Why = Frame::Why;

namespace {

// Feeds `bytes` growing by one each time; the frames that are not `more`.
std::vector<Frame> frames_bytewise(const std::string& bytes, const Limits& limits) {
  Framer framer(limits);
  std::vector<Frame> frames;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const Frame frame = framer.next(std::string_view(bytes).substr(0, size));
    if (frame.kind == Kind::more) continue;
    frames.push_back(frame);
    if (frame.kind != Kind::literal) break;
  }
  return frames;
}

Frame frame(const std::string& bytes, const Limits& limits = {}) {
  return Framer(limits).next(bytes);
}

} // namespace

TEST_CASE("IMAP: a command without literals ends with its line") {
  for (const std::string command :
       {"a NOOP\r\n", "a NOOP\n", "\r\n", "a SEARCH TEXT \"x{5}\"\r\n", "a {x}\r\n"}) {
    CHECK(frame(command + "b NOOP\r\n").kind == Kind::complete);
    CHECK(frame(command + "b NOOP\r\n").bytes == command.size());
    const auto frames = frames_bytewise(command, {});
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].bytes == command.size());
  }
}

TEST_CASE("IMAP: a synchronising literal is told once, when its line is there") {
  const std::string command = "a LOGIN {4}\r\nta\r\n {2}\r\nab\r\n";
  const auto frames = frames_bytewise(command, {});
  REQUIRE(frames.size() == 3);
  CHECK(frames[0].kind == Kind::literal);
  CHECK(frames[0].literal == 4);
  CHECK(frames[0].bytes == 13);
  CHECK(frames[1].kind == Kind::literal);
  CHECK(frames[1].literal == 2);
  CHECK(frames[2].kind == Kind::complete);
  CHECK(frames[2].bytes == command.size());
}

TEST_CASE("IMAP: non-synchronising literals are passed over in silence") {
  const std::string command = "a LOGIN {4+}\r\n{9}\r {0+}\r\n x\r\n";
  const auto frames = frames_bytewise(command, {});
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].kind == Kind::complete);
  CHECK(frames[0].bytes == command.size());
  CHECK(frame(command).bytes == command.size());
}

TEST_CASE("IMAP: APPEND's message is left to the session, its mailbox is not") {
  const std::string head = "a append {5+}\r\nINBOX (\\Seen) {310}\r\n";
  const auto frames = frames_bytewise(head + "rest", {});
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].kind == Kind::message);
  CHECK(frames[0].bytes == head.size());
  CHECK(frames[0].literal == 310);
  CHECK(frames[0].synchronising);
  CHECK(frame("a APPEND INBOX {99999999999+}\r\n").literal == 99999999999);
  CHECK(frame("a APPEND INBOX {99999999999+}\r\n").synchronising == false);
  CHECK(frame("a APPEND INBOX UTF8 (~{10}\r\n").kind == Kind::message);
  CHECK(frame("a APPENDIX x {10}\r\n").kind == Kind::literal);
}

TEST_CASE("IMAP: REPLACE's message is left to the session, its mailbox is not") {
  for (const std::string command : {"a REPLACE 4 x {9}\r\n", "a UID REPLACE 4 x (\\Seen) {9+}\r\n"}) {
    CHECK(frame(command).kind == Kind::message);
    CHECK(frame(command).literal == 9);
  }
  CHECK(frame("a REPLACE 4 {1}\r\n").kind == Kind::literal);
  CHECK(frame("a REPLACE 4 {1+}\r\nx {9}\r\n").kind == Kind::message);
}

TEST_CASE("IMAP: before login an APPEND gets no special treatment") {
  CHECK(frame("a APPEND INBOX {310}\r\n", before_login()).kind == Kind::literal);
  const Frame refused = frame("a APPEND INBOX {9000}\r\n", before_login());
  CHECK(refused.kind == Kind::refused);
  CHECK(refused.why == Why::literal_too_long);
  CHECK(refused.synchronising);
  CHECK(refused.bytes == 23);
}

TEST_CASE("IMAP: lines over the limit are refused as they come") {
  const std::string line(9000, 'x');
  CHECK(frame(line, before_login()).why == Why::line_too_long);
  CHECK(frame(line.substr(0, 8000), before_login()).kind == Kind::more);
  CHECK(frame("a ID (" + line, before_login()).kind == Kind::more);
  CHECK(frame("a ID (" + std::string(kIdLine, 'x'), before_login()).kind == Kind::refused);
  CHECK(frame(line + "\r\n").kind == Kind::complete);
  CHECK(frame(std::string(66000, 'x') + "\r\n").why == Why::line_too_long);
}

TEST_CASE("IMAP: literals are limited in number and in sum") {
  std::string many = "a X";
  for (int i = 0; i < 1001; ++i) many += " {0+}\r\n";
  CHECK(frame(many).why == Why::too_many_literals);
  CHECK(frame("a X {1048577}\r\n").why == Why::literal_too_long);
  CHECK(frame("a X {1048570}\r\n").why == Why::too_long);
  CHECK(frame("a X {99999999999999999999}\r\n").why == Why::literal_too_long);
  const std::string two = "a X {5000+}\r\n" + std::string(5000, 'x') + " {5000+}\r\n";
  const Frame refused = frame(two, before_login());
  CHECK(refused.why == Why::literal_too_long);
  CHECK_FALSE(refused.synchronising);
  CHECK(refused.bytes == 5013); // up to the line that announces the refused one
}

TEST_CASE("IMAP: what is thrown away ends where the command ends") {
  const std::string command = "tail {3+}\r\na\nb more {2+}\r\n\r\nend\r\n";
  const std::string all = command + "b NOOP\r\n";
  for (std::size_t piece = 1; piece <= all.size(); ++piece) {
    Discarder discarder;
    std::size_t at = 0;
    while (!discarder.done() && at < all.size())
      at += discarder.take(std::string_view(all).substr(at, std::min(piece, all.size() - at)));
    CHECK(discarder.done());
    CHECK(at == command.size());
  }
}

TEST_CASE("IMAP: throwing away can begin inside a literal, and counts what is announced") {
  Discarder discarder(7);
  CHECK(discarder.take("1234567\r\nb NOOP\r\n") == 9);
  CHECK(discarder.done());
  Discarder large;
  large.take("x {300000000+}\r\n");
  CHECK_FALSE(large.done());
  CHECK(large.total() > kDiscard);
  Discarder waits;
  waits.take(std::string(100'000, 'x') + "{5}\r\n");
  CHECK(waits.done());
}
