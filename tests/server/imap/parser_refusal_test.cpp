// What is no IMAP command, family by family: refused with a sentence and its place, never taken for another
// one.
#include "server/imap/grammar/parser.hpp"

#include <catch2/catch.hpp>

using namespace homespool;
using namespace homespool::server::imap;

namespace {

ParseError refused(const std::string& line) {
  auto outcome = parse_command(line, {});
  INFO(line);
  REQUIRE(outcome.command.has_error());
  return outcome.command.error();
}

void are_refused(const std::vector<std::string>& lines) {
  for (const std::string& bad : lines) {
    const ParseError error = refused(bad);
    INFO(bad << ": " << error.text);
    CHECK(error.at <= bad.size());
    CHECK_FALSE(error.text.empty());
    CHECK(error.answer == ParseError::Answer::bad);
  }
}

} // namespace

TEST_CASE("IMAP: lines that are no command, and logins, are refused with their place") {
  are_refused({"a",
               "a ",
               "a FOO",
               "a UID",
               "a UID NOOP",
               "a NOOP x",
               "a LOGIN",
               "a LOGIN x",
               "a LOGIN x y z",
               "a LOGIN \"x y",
               "a LOGIN \"x\\y\" z",
               "a LOGIN {5}\r\nabc",
               "a LOGIN {x}\r\na b",
               "a LOGIN ~{1}\r\na b",
               "a LOGIN x(y z",
               "a AUTHENTICATE",
               "a AUTHENTICATE PLAIN !",
               "a ID",
               "a ID x",
               "a ID (\"a\")",
               "a ID (\"a\" \"b\"",
               "a ID \"x\"",
               "a ENABLE",
               "a\tNOOP",
               "a NOOP\r\nb NOOP"});
}

TEST_CASE("IMAP: malformed commands about folders are refused with their place") {
  are_refused({"a SELECT",
               "a SELECT x (FOO)",
               "a SELECT x ()",
               "a SELECT x (CONDSTORE",
               "a CREATE x (FOO (\\Sent))",
               "a CREATE x (USE (Sent))",
               "a RENAME x",
               "a STATUS x",
               "a STATUS x ()",
               "a STATUS x (FOO)",
               "a LIST \"\"",
               "a LIST (FOO) \"\" *",
               "a LIST (RECURSIVEMATCH) \"\" *",
               "a LIST \"\" * FOO",
               "a LIST \"\" * RETURN (FOO)",
               "a LIST \"\" ()",
               "a APPEND x",
               "a APPEND x y",
               "a APPEND x (\\Foo) {1}",
               "a APPEND x \"now\" {1}",
               "a APPEND x ~{1}",
               "a APPEND x UTF8 ({1}",
               "a APPEND x BINARY {1}"});
}

TEST_CASE("IMAP: malformed FETCH is refused with its place") {
  are_refused({"a FETCH",
               "a FETCH 0 FLAGS",
               "a FETCH 1",
               "a FETCH x FLAGS",
               "a FETCH 1: FLAGS",
               "a FETCH 1, FLAGS",
               "a FETCH $ FLAGS",
               "a FETCH 4294967296 FLAGS",
               "a FETCH 1 FOO",
               "a FETCH 1 ()",
               "a FETCH 1 (FLAGS",
               "a FETCH 1 (ALL)",
               "a FETCH 1 BODY[",
               "a FETCH 1 BODY[FOO]",
               "a FETCH 1 BODY[MIME]",
               "a FETCH 1 BODY[0]",
               "a FETCH 1 BODY[1.]",
               "a FETCH 1 BODY[]<1>",
               "a FETCH 1 BODY[]<1.0>",
               "a FETCH 1 BODY[HEADER.FIELDS]",
               "a FETCH 1 BODY[HEADER.FIELDS ()]",
               "a FETCH 1 FLAGS (FOO 1)",
               "a FETCH 1 FLAGS (CHANGEDSINCE x)"});
}

TEST_CASE("IMAP: malformed STORE, COPY and SEARCH are refused with their place") {
  are_refused({"a STORE 1 FOO (x)",
               "a STORE 1 FLAGS",
               "a STORE 1 FLAGS (x",
               "a STORE 1 FLAGS \\Foo",
               "a STORE 1 (FOO 1) FLAGS x",
               "a COPY 1",
               "a COPY x y",
               "a UID EXPUNGE",
               "a SEARCH",
               "a SEARCH FOO",
               "a SEARCH (",
               "a SEARCH ()",
               "a SEARCH OR ALL",
               "a SEARCH NOT",
               "a SEARCH BEFORE x",
               "a SEARCH LARGER x",
               "a SEARCH OLDER 0",
               "a SEARCH CHARSET utf-8",
               "a SEARCH HEADER x",
               "a SEARCH KEYWORD (x)",
               "a SEARCH MODSEQ x",
               "a SEARCH ALL)"});
}

TEST_CASE("IMAP: a refusal tells where it is, and why") {
  CHECK(refused("a FETCH 1 (FLAGS FOO)").at == 20);
  CHECK(refused(std::string("a LOGIN {3}\r\na\0b x", 18)).text == "a literal must not hold NUL");
}
