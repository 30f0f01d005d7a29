// Dates of mail headers and of IMAP.

#include "mail/date.hpp"

#include <catch2/catch.hpp>

using namespace homespool::mail;
using namespace std::chrono;

namespace {

std::string utc(std::string_view value) {
  const auto date = parse_date(value);
  return date ? format_rfc3339(date->time) : "none";
}

} // namespace

TEST_CASE("Dates are read in every shape that mail has them") {
  const std::pair<const char*, const char*> table[] = {
      {"Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T15:55:06Z"},
      {"21 Nov 97 09:55 GMT", "1997-11-21T09:55:00Z"},
      {" Thu,\r\n 13\r\n Feb\r\n 1969\r\n 23:32\r\n -0330 (Newfoundland Time)", "1969-02-14T03:02:00Z"},
      {"Fri Nov 21 09:55:06 1997", "1997-11-21T09:55:06Z"},
      {"Fri Nov 21 09:55:06 EST 1997", "1997-11-21T14:55:06Z"},
      {"Mon, 1 Jan 2001 00:00:00 JST", "2000-12-31T15:00:00Z"},
      {"Mon, 01-Jan-2001 00:00:00 +0900 (JST)", "2000-12-31T15:00:00Z"},
      {"2001-01-02T03:04:05+09:00", "2001-01-01T18:04:05Z"},
      {"2001-01-02 03:04:05Z", "2001-01-02T03:04:05Z"},
      {"5 May 03 1:02:03 ut", "2003-05-05T01:02:03Z"},
      {"5 May 103 1:02:03", "2003-05-05T01:02:03Z"},
      {"31 Dec 2016 23:59:60 +0000", "2017-01-01T00:00:00Z"},
      {"", "none"},
      {"yesterday", "none"},
      {"32 Jan 2001 00:00:00 +0000", "none"},
      {"30 Feb 2001 00:00:00 +0000", "none"},
      {"1 Jan 2001 25:00:00 +0000", "none"},
      {"((((", "none"},
  };
  for (const auto& [value, expected] : table) {
    CHECK(std::pair(std::string(value), utc(value)) == std::pair(std::string(value), std::string(expected)));
  }
}

TEST_CASE("The written day disregards the zone") {
  const auto date = parse_date("Tue, 1 Mar 2022 23:30:00 -0800");
  REQUIRE(date);
  CHECK(date->written_day() == 2022y / March / 1);
  CHECK(date->zone_minutes == -480);
}

TEST_CASE("IMAP date-time is strict") {
  const auto date = parse_imap_date_time("17-Jul-1996 02:44:25 -0700");
  REQUIRE(date);
  CHECK(format_imap_date_time(date->time) == "17-Jul-1996 09:44:25 +0000");
  CHECK(date->zone_minutes == -420);
  CHECK(parse_imap_date_time(" 7-Jul-1996 02:44:25 +0000"));
  for (const char* bad :
       {"", "7-Jul-1996 02:44:25 +0000", "17-Jul-1996 02:44:25", "17-Jul-1996 24:44:25 +0000",
        "17-Foo-1996 02:44:25 +0000", "31-Feb-1996 02:44:25 +0000", "17-Jul-1996 02:44:25 +00000",
        "17 Jul 1996 02:44:25 +0000", " 17-Jul-199602:44:25 +0000", "+7-Jul-1996 02:44:25 +0000"}) {
    CHECK_FALSE(parse_imap_date_time(bad));
  }
}

TEST_CASE("IMAP dates have one or two digits of day") {
  CHECK(parse_imap_date("1-Feb-1994") == 1994y / February / 1);
  CHECK(parse_imap_date("01-feb-1994") == 1994y / February / 1);
  CHECK_FALSE(parse_imap_date("001-Feb-1994"));
  CHECK_FALSE(parse_imap_date("1-Feb-94"));
  CHECK_FALSE(parse_imap_date("1-Feb-1994 "));
  CHECK_FALSE(parse_imap_date("29-Feb-1994"));
}

TEST_CASE("A date cut at any byte is a date or nothing") {
  const std::string text = "Fri, 21 Nov 1997 09:55:06 -0600 (a (nested) comment)";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const auto date = parse_date(std::string_view(text).substr(0, cut));
    if (cut >= std::string_view("Fri, 21 Nov 1997").size()) CHECK(date);
    CHECK_FALSE(parse_imap_date_time(std::string_view(text).substr(0, cut)));
  }
}
