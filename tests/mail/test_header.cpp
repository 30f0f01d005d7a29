// Finding, unfolding and choosing header fields.

#include "mail/header.hpp"

#include <catch2/catch.hpp>

using namespace homespool::mail;

namespace {
const std::string kBlock =
    "Subject: one\r\n two\r\nFrom: a@b\r\nno field here\r\n with a tail\r\nX-Empty:\r\n"
    "subject : second\r\n\r\n";
}

TEST_CASE("The header block ends with the first empty line") {
  CHECK(header_block("A: b\r\n\r\nbody\r\n\r\n") == "A: b\r\n\r\n");
  CHECK(header_block("A: b\n\nbody") == "A: b\n\n");
  CHECK(header_block("\r\nbody") == "\r\n");
  CHECK(header_block("A: b\r\n \r\nC: d") == "A: b\r\n \r\nC: d");
  CHECK(header_block("").empty());
}

TEST_CASE("A line that is no field is passed over with its continuation") {
  const auto fields = header_fields(kBlock);
  REQUIRE(fields.size() == 4);
  CHECK(fields[0].name == "Subject");
  CHECK(fields[0].value == " one\r\n two");
  CHECK(fields[0].raw == "Subject: one\r\n two\r\n");
  CHECK(fields[1].name == "From");
  CHECK(fields[2].name == "X-Empty");
  CHECK(fields[2].value.empty());
  CHECK(fields[3].name == "subject");
  CHECK(header_fields("From someone Thu Jan  1 10:00:00\r\nA: b\r\n").size() == 1);
}

TEST_CASE("The first field of a name is found in any case and comes unfolded") {
  CHECK(header_value(kBlock, "SUBJECT") == "one two");
  CHECK(header_value(kBlock, "x-empty") == "");
  CHECK_FALSE(header_value(kBlock, "To"));
}

TEST_CASE("Unfolded text has one space for each run of blanks and line ends") {
  CHECK(unfold_text(" a  b\t\tc \r\n\t  d\r\n e\n \n f\r\n") == "a b c d e f");
  CHECK(unfold_text("a\rb\r") == "a\rb");
  CHECK(unfold_text(" \r\n ").empty());
  CHECK(join_blanks("  a \t b\t") == " a b ");
}

TEST_CASE("Chosen fields come byte for byte and end with the empty line") {
  const std::vector<std::string> names = {"subject", "To"};
  CHECK(choose_fields(kBlock, names, false) == "Subject: one\r\n two\r\nsubject : second\r\n\r\n");
  CHECK(choose_fields(kBlock, names, true) == "From: a@b\r\nX-Empty:\r\n\r\n");
  CHECK(choose_fields("A: b\r\n", names, true) == "A: b\r\n");
  CHECK(choose_fields("\r\n", names, false) == "\r\n");
}

TEST_CASE("A header cut at any byte yields fields that lie inside it") {
  for (std::size_t cut = 0; cut <= kBlock.size(); ++cut) {
    const std::string_view part = std::string_view(kBlock).substr(0, cut);
    for (const HeaderField& field : header_fields(part)) {
      CHECK(field.raw.data() >= part.data());
      CHECK(field.raw.data() + field.raw.size() <= part.data() + part.size());
    }
  }
}
