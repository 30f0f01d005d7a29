// ENVELOPE, BODY and BODYSTRUCTURE of messages written for this, as exact strings.

#include "mail/structure.hpp"

#include <catch2/catch.hpp>

using namespace homespool::mail;

TEST_CASE("An empty message is a text of no bytes") {
  const Structure s = parse_structure("");
  CHECK(s.envelope == "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
  CHECK(s.body == R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0))");
  CHECK(s.bodystructure == R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL))");
  REQUIRE(s.parts.size() == 1);
  CHECK(s.parts[0].end == 0);
}

TEST_CASE("The envelope has every field, and sender and reply-to default to from") {
  const Structure s = parse_structure("Date: Mon, 1 Jan 2001 00:00:00 +0000\r\nSubject: A \"b\"\r\n c\r\n"
                                      "From: Joe <joe@a.example>\r\nReply-To:\r\nTo: x@y, G: z@w;\r\n"
                                      "Message-ID: <1@a>\r\nIn-Reply-To: <0@a>\r\n\r\nhi\r\n");
  CHECK(s.envelope ==
        R"(("Mon, 1 Jan 2001 00:00:00 +0000" "A \"b\" c" (("Joe" NIL "joe" "a.example")) )"
        R"((("Joe" NIL "joe" "a.example")) (("Joe" NIL "joe" "a.example")) )"
        R"(((NIL NIL "x" "y")(NIL NIL "G" NIL)(NIL NIL "z" "w")(NIL NIL NIL NIL)) NIL NIL "<0@a>" "<1@a>"))");
}

TEST_CASE("In an envelope each run of blanks in subjects and names is one space, ids stay as they are") {
  const Structure s = parse_structure("Subject: a,\r\n\tb  c\t d\r\nFrom: \"x  y\r\n\tz\" <a@b>\r\n"
                                      "In-Reply-To: <0@a>\r\n\t<1@a>\r\n\r\nhi\r\n");
  CHECK(s.envelope.starts_with(R"((NIL "a, b c d" (("x y z" NIL "a" "b")))"));
  CHECK(s.envelope.ends_with("\"<0@a>\t<1@a>\" NIL)"));
}

TEST_CASE("What cannot be quoted becomes a literal, and NUL becomes 0x80") {
  const Structure s = parse_structure(std::string_view("Subject: a\0\xe9\r\nDate:\r\n\r\nx", 22));
  CHECK(s.envelope.starts_with("(\"\" {3}\r\na\x80\xe9 NIL"));
  CHECK(s.has_nul);
  CHECK(s.has_8bit);
}

TEST_CASE("A multipart shows its parts with exact sizes and lines") {
  const std::string message =
      "Content-Type: multipart/mixed; boundary=\"b 1\"\r\n\r\npreamble\r\n--b 1\r\n\r\nhello\r\n"
      "world\r\n--b 1\r\nContent-Type: image/png; name=\"a.png\"\r\n"
      "Content-Transfer-Encoding: base64\r\nContent-ID: <i@d>\r\n"
      "Content-Disposition: attachment; filename=a.png\r\n\r\nAAAA\r\n\r\n--b 1--\r\nepilogue\r\n";
  const Structure s = parse_structure(message);
  CHECK(s.body == R"((("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 12 1))"
                  R"(("image" "png" ("name" "a.png") "<i@d>" NIL "base64" 6) "mixed"))");
  CHECK(
      s.bodystructure ==
      R"((("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 12 1 NIL NIL NIL NIL))"
      R"(("image" "png" ("name" "a.png") "<i@d>" NIL "base64" 6 NIL ("attachment" ("filename" "a.png")) NIL NIL) )"
      R"("mixed" ("boundary" "b 1") NIL NIL NIL))");
  REQUIRE(s.parts.size() == 3);
  const auto body_of = [&](const Part& p) { return message.substr(p.body_begin, p.end - p.body_begin); };
  CHECK(body_of(s.parts[1]) == "hello\r\nworld");
  CHECK(body_of(s.parts[2]) == "AAAA\r\n");
  CHECK(s.parts[0].end == message.size());
  CHECK(s.parts[2].number == 2);
  CHECK(s.parts[2].encoding == TransferEncoding::base64);
}

TEST_CASE("An attached message shows its envelope, body and lines") {
  const std::string inner = "Subject: in\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>\r\n";
  const Structure s = parse_structure("Content-Type: message/rfc822\r\n\r\n" + inner);
  CHECK(s.body == R"(("message" "rfc822" NIL NIL NIL "7bit" )" + std::to_string(inner.size()) +
                      R"( (NIL "in" NIL NIL NIL NIL NIL NIL NIL NIL) )"
                      R"(("text" "html" ("charset" "utf-8") NIL NIL "7bit" 5 1) 4))");
  REQUIRE(s.parts.size() == 2);
  CHECK(s.parts[1].header_begin == s.parts[0].body_begin);
}

TEST_CASE("Parts of a digest are messages unless they say otherwise") {
  const Structure s =
      parse_structure("Content-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\nSubject: one\r\n\r\n1\r\n"
                      "--d\r\nContent-Type: text/plain\r\n\r\n2\r\n--d--\r\n");
  CHECK(s.body == R"((("message" "rfc822" NIL NIL NIL "7bit" 17 (NIL "one" NIL NIL NIL NIL NIL NIL NIL NIL) )"
                  R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0) 2))"
                  R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0) "digest"))");
}

TEST_CASE("A multipart without parts still has a valid body") {
  const Structure s = parse_structure("Content-Type: multipart/mixed; boundary=x\r\n\r\nno boundary\r\n");
  CHECK(s.body == R"((("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0) "mixed"))");
  CHECK(s.parts.size() == 1);
}

TEST_CASE("A multipart that names no boundary is one text") {
  const Structure s = parse_structure("Content-Type: multipart/mixed\r\n\r\nabc\r\n");
  CHECK(s.body == R"(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 5 1))");
}

TEST_CASE("A message cut off within a boundary's line has no part there") {
  CHECK(
      parse_structure("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x").parts.size() ==
      2);
}

TEST_CASE("A part that ends inside its header keeps the header's line end") {
  const std::string message =
      "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n"
      "Subject: a\r\n--x--\r\n";
  const Structure s = parse_structure(message);
  REQUIRE(s.parts.size() == 3);
  CHECK(message.substr(s.parts[1].body_begin, s.parts[1].end - s.parts[1].body_begin) == "Subject: a\r\n");
  CHECK(s.parts[2].body_begin == s.parts[2].end);
}

TEST_CASE("Parameters cut in pieces are shown as one") {
  const auto parameters = [](const std::string& text) {
    const std::string body = parse_structure("Content-Type: a/b; " + text + "\r\n\r\n").body;
    return body.substr(9, body.size() - 9 - 18);
  };
  CHECK(parameters("x=1; n*0=a; y=2; n*1=b") == R"(("x" "1" "n" "ab" "y" "2"))");
  CHECK(parameters("n*1*=%20b; n*0*=utf-8''a; n*2=\"c%\"") == R"(("n*" "utf-8''a%20bc%25"))");
  CHECK(parameters("n*1=b; n*2=c") == R"(("n*1" "b" "n*2" "c"))");
  CHECK(parameters("n*0=a; n*2=c") == R"(("n" "a" "n*2" "c"))");
  CHECK(parameters("n*=u''a; n*x=b; *0=c") == R"(("n*" "u''a" "n*x" "b" "*0" "c"))");
}

TEST_CASE("Inner boundaries end with the outer one, and the longest match wins") {
  const std::string message =
      "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
      "Content-Type: multipart/mixed; boundary=ab\r\n\r\n--ab\r\n\r\none\r\n--ab\r\n\r\ntwo\r\n"
      "--a\r\n\r\nthree\r\n--a--\r\n";
  const Structure s = parse_structure(message);
  REQUIRE(s.parts.size() == 5);
  CHECK(s.parts[3].parent == 1);
  CHECK(s.parts[4].parent == 0);
  CHECK(s.parts[4].number == 2);
  CHECK(message.substr(s.parts[3].body_begin, s.parts[3].end - s.parts[3].body_begin) == "two");
}

TEST_CASE("Language, location, MD5 and description are shown") {
  const Structure s =
      parse_structure("Content-Type: Application/PDF\r\nContent-MD5: Q2hlY2s=\r\nContent-Language: en, de\r\n"
                      "Content-Location: http://a/b\r\nContent-Description: a\r\n b\r\n"
                      "Content-Transfer-Encoding: 8BIT\r\n\r\nx");
  CHECK(s.bodystructure ==
        R"(("Application" "PDF" NIL NIL "a b" "8BIT" 1 "Q2hlY2s=" NIL ("en" "de") "http://a/b"))");
}

TEST_CASE("Structured fields may be cut anywhere") {
  const std::string fields = "Content-Type: a/b (c\\(d); e=\"f\\\"\"; g=\\\"h\\\"; i*0*=u''j; i*1=k; (\r\n"
                             "Content-Transfer-Encoding: (\\\r\nContent-Disposition: (a\\) b; \"\\\r\n"
                             "Content-Language: (\\\r\n";
  for (std::size_t cut = 0; cut <= fields.size(); ++cut) {
    CHECK(parse_structure(std::string_view(fields).substr(0, cut)).bodystructure.ends_with(")"));
  }
}

TEST_CASE("Nesting and part counts are bounded") {
  std::string deep;
  for (int i = 0; i < 1000; ++i) {
    const std::string b = "b" + std::to_string(i) + "x";
    deep += "Content-Type: multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\n";
  }
  CHECK(parse_structure(deep).parts.size() == Limits{}.depth);
  std::string wide = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 20'000; ++i) wide += "--b\r\n\r\nx\r\n";
  const Structure s = parse_structure(wide + "--b--\r\n");
  CHECK(s.parts.size() == Limits{}.parts);
  CHECK(s.parts.back().end == wide.size() - 2);
  CHECK(s.body.find("\"\" \"\"") == std::string::npos);
}
