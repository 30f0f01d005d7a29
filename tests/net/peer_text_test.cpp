#include "net/peer_text.hpp"

#include <catch2/catch.hpp>

using homespool::net::peer_text;

TEST_CASE("a peer's words are shown with everything that could steer a terminal escaped") {
  CHECK(peer_text("plain words") == "plain words");
  CHECK(peer_text("a\r\nb\x1b[31m\x7f") == "a\\x0d\\x0ab\\x1b[31m\\x7f");
  CHECK(peer_text("caf\xc3\xa9 \xe6\x97\xa5") == "caf\xc3\xa9 \xe6\x97\xa5");
  CHECK(peer_text("\xc2\x9b") == "\\xc2\\x9b");
  CHECK(peer_text("\xe9t\xe9") == "\\xe9t\\xe9");
  CHECK(peer_text("\xed\xa0\x80\xc0\xaf") == "\\xed\\xa0\\x80\\xc0\\xaf");
}

TEST_CASE("a peer's words are cut at the limit and never inside a character") {
  CHECK(peer_text(std::string(10'000, 'a')).size() == 500);
  CHECK(peer_text("ab\xc3\xa9", 3) == "ab");
  CHECK(peer_text("ab\xc3\xa9", 4) == "ab\xc3\xa9");
  CHECK(peer_text("ab\n", 5) == "ab");
}
