#include "fetcher/limits.hpp"
#include "fetcher/pop3/body_decoder.hpp"
#include "fetcher/pop3/drip_watch.hpp"
#include "fetcher/pop3/header_identity.hpp"
#include "fetcher/pop3/listing.hpp"
#include "fetcher/pop3/reply.hpp"
#include "fetcher/pop3/swallow_watch.hpp"

#include <catch2/catch.hpp>

using namespace homespool::fetcher;

namespace {

struct Decoded {
  std::string body;
  std::size_t consumed = 0;
  bool end = false;
  bool operator==(const Decoded&) const = default;
};

void feed(BodyDecoder& decoder, std::string_view input, Decoded& out) {
  while (!input.empty() && !out.end) {
    const BodyDecoder::Piece piece = decoder.next(input);
    out.body += piece.bytes;
    out.consumed += piece.consumed;
    out.end = piece.end;
    input.remove_prefix(piece.consumed);
  }
}

Decoded whole(std::string_view input, LineMode mode) {
  BodyDecoder decoder(mode);
  Decoded out;
  feed(decoder, input, out);
  return out;
}

// The same by lines, the slow and plain way.
Decoded model(std::string_view input, LineMode mode) {
  Decoded out;
  bool line_start = true;
  for (std::size_t i = 0; i < input.size(); ++i) {
    const std::string_view rest = input.substr(i);
    if (line_start && (rest.starts_with(".\r\n") || (mode == LineMode::lf && rest.starts_with(".\n")))) {
      out.consumed = i + (rest[1] == '\r' ? 3 : 2);
      out.end = true;
      return out;
    }
    if (!(line_start && input[i] == '.')) out.body += input[i];
    const bool lf = input[i] == '\n';
    line_start = lf && (mode == LineMode::lf || (i > 0 && input[i - 1] == '\r'));
  }
  out.consumed = input.size();
  return out;
}

} // namespace

TEST_CASE("a body is the same however it is cut, and as the plain model has it") {
  const std::string_view bodies[] = {
      "one\r\n..two\r\n...\r\n.\r\n+OK",
      ".\r\n",
      "\r\n.\r\n",
      "a\n.\nb\r\n.\r\n",
      "a\r\r\n.\r\n",
      "..\r\n.\r\n",
      ".x\r\n.\rx\r\n.\r\n",
      "a\r.\r\n.\r\n",
      "no end.\r\n",
      "x\r\n.\r\r\n.",
      "\n.\r\n.\n",
      ".\r.\r\n\r\n.\r\n",
  };
  for (const LineMode mode : {LineMode::crlf, LineMode::lf}) {
    for (const std::string_view body : bodies) {
      INFO(body);
      const Decoded expected = model(body, mode);
      const Decoded at_once = whole(body, mode);
      CHECK(at_once.end == expected.end);
      if (expected.end) CHECK(at_once == expected);
      for (std::size_t first = 0; first <= body.size(); ++first) {
        for (std::size_t second = first; second <= body.size(); ++second) {
          BodyDecoder decoder(mode);
          Decoded cut;
          feed(decoder, body.substr(0, first), cut);
          if (!cut.end) feed(decoder, body.substr(first, second - first), cut);
          if (!cut.end) feed(decoder, body.substr(second), cut);
          CHECK(cut == at_once);
        }
      }
    }
  }
}

TEST_CASE("only CRLF ends a line where the server uses CRLF") {
  CHECK_FALSE(whole("a\n.\nb", LineMode::crlf).end);
  CHECK(whole("a\n.\nb", LineMode::lf).end);
  CHECK(whole("a\n.\r\n", LineMode::crlf).end == false);
}

TEST_CASE("an answer that a message swallowed is noticed wherever it is cut") {
  const auto noticed = [](std::string_view text, std::size_t piece) {
    SwallowWatch watch;
    bool seen = false;
    for (std::size_t at = 0; at < text.size(); at += piece) seen = watch.see(text.substr(at, piece)) || seen;
    return seen;
  };
  for (std::size_t piece = 1; piece < 40; ++piece) {
    CHECK(noticed("the end of one.\r\n+OK 3\r\nthe next", piece));
    CHECK(noticed("no more..\r\n-ERR", piece));
    CHECK(noticed("one.\n+OK", piece));
    CHECK_FALSE(noticed("it says\r\n+OK 3\r\n.\r\n +OK. +OK\r\n.\r\n-OK and ends.\r\n", piece));
  }
}

TEST_CASE("status lines are taken in any case and nothing else is taken for one") {
  CHECK(parse_reply("+OK").kind == Reply::Kind::ok);
  CHECK(parse_reply("+ok ready").text == "ready");
  CHECK(parse_reply("-ERR [IN-USE] x").code == "IN-USE");
  CHECK(parse_reply("-err [open").code.empty());
  CHECK(parse_reply("+ abc").kind == Reply::Kind::challenge);
  CHECK(parse_reply("+").kind == Reply::Kind::challenge);
  CHECK(parse_reply("+OKAY").kind == Reply::Kind::garbage);
  CHECK(parse_reply("").kind == Reply::Kind::garbage);
  CHECK(parse_stat("3 120 more")->messages == 3);
  CHECK(parse_stat("3")->bytes == 0);
  CHECK_FALSE(parse_stat("x 3"));
  CHECK_FALSE(parse_stat("99999999999999999999 1"));
}

TEST_CASE("capabilities are read with their parameters") {
  Capabilities caps;
  for (const char* line : {"stls", "SASL LOGIN plain", "LOGIN-DELAY 900 USER", "PIPELINING", "UIDL", "X", ""})
    caps.add(line);
  CHECK(caps.stls);
  CHECK(caps.sasl_plain);
  CHECK(caps.pipelining);
  CHECK(caps.login_delay == std::chrono::seconds(900));
  CHECK_FALSE(caps.top);
}

TEST_CASE("one bad line of a listing costs that one message at most") {
  Listing listing;
  for (const char* line :
       {"1 100", "2 -5", "3 9223372036854775808", "x", "5 300 more", "4 99999999999999999999"}) {
    listing.add_size_line(line);
  }
  const std::string longest(limits::kUidl, 'u');
  CHECK(listing.add_id_line("1 aaa") == Listing::Taken::yes);
  CHECK(listing.add_id_line("  2   b b \xff ") == Listing::Taken::yes);
  CHECK(listing.add_id_line("3") == Listing::Taken::yes);
  CHECK(listing.add_id_line("nonsense") == Listing::Taken::passed_over);
  CHECK(listing.add_id_line("0 zero") == Listing::Taken::passed_over);
  CHECK(listing.add_id_line("6x y") == Listing::Taken::passed_over);
  CHECK(listing.add_id_line("5 ../../etc/passwd") == Listing::Taken::yes);
  CHECK(listing.add_id_line("7 aaa") == Listing::Taken::yes);
  CHECK(listing.add_id_line("8 " + longest) == Listing::Taken::yes);
  CHECK(listing.add_id_line("9 " + longest + "u") == Listing::Taken::passed_over);
  listing.settle();
  REQUIRE(listing.size() == 6);
  CHECK(listing.id(0) == "aaa");
  CHECK(listing[0].size == 100);
  CHECK(listing.id(1) == "b b \xff");
  CHECK(listing[1].size == 0);
  CHECK_FALSE(listing.has_id(2));
  CHECK(listing[2].size == 0);
  CHECK(listing[3].size == 300);
  CHECK(listing.id(4) == "aaa");
  CHECK(listing[4].occurrence == 1);
  CHECK(listing.id(5) == longest);
  CHECK(listing.malformed() == 5);
}

TEST_CASE("a listing is complete when STAT counts the same, and a number listed twice counts once") {
  Listing listing;
  listing.stat_count = 2;
  listing.add_id_line("2 b");
  listing.add_id_line("1 a");
  listing.settle();
  CHECK(listing.complete());
  CHECK(listing.id(0) == "a");
  listing.stat_count = 3;
  CHECK_FALSE(listing.complete());
  Listing twice;
  twice.add_id_line("1 a");
  twice.add_id_line("1 b");
  twice.settle();
  CHECK(twice.size() == 1);
}

TEST_CASE("an id made of a header does not change with what servers rewrite") {
  const std::string id = header_identity("Subject: a\r\nFrom: b\r\n\r\n");
  CHECK(id.size() == 36);
  CHECK(id ==
        header_identity("Status: RO\r\nSubject: a\nX-UIDL: 1\r\nFrom: b\r\nX-Mozilla-Status2: 0\r\n\r\n"));
  CHECK(id != header_identity("Subject: b\r\nFrom: b\r\n\r\n"));
}

TEST_CASE("a peer that drips is given up within 330 s of the first drop, however it spaces them") {
  using std::chrono::seconds;
  for (int gap = 1; gap <= 90; ++gap) {
    for (const int quick : {0, 1, 100, 140}) {
      const DripWatch::Time begin{std::chrono::hours(1)};
      DripWatch watch(begin);
      const DripWatch::Time drip = begin + seconds(quick);
      watch.add(1'000'000); // all in time so far
      DripWatch::Time now = drip;
      while (watch.patience(now) > seconds(0)) {
        now += std::min<DripWatch::Time::duration>(watch.patience(now), seconds(gap));
        watch.add(1);
        REQUIRE(now - drip <= seconds(330));
      }
    }
  }
}

TEST_CASE("a slow peer that keeps to the least rate is waited for") {
  using std::chrono::seconds;
  DripWatch::Time now{std::chrono::hours(1)};
  DripWatch watch(now);
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(watch.patience(now) > seconds(0));
    now += seconds(5);
    watch.add(501);
  }
}
