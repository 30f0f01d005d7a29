// Dates of mail: RFC 5322 date-time with its obsolete forms, and IMAP's date and date-time (RFC 3501).
//
// Threads: pure functions.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace homespool::mail {

// A moment, and the zone it was written in (minutes east of UTC).
struct MailDate {
  std::chrono::sys_seconds time;
  int zone_minutes = 0;

  bool operator==(const MailDate&) const = default;
  // The calendar day as written, zone disregarded: what SENTBEFORE, SENTON and SENTSINCE compare.
  std::chrono::year_month_day written_day() const;
};

// Lenient: day names, comments, two-digit years, zone names, missing seconds. Nothing for what is no date.
std::optional<MailDate> parse_date(std::string_view value);

// "17-Jul-1996 02:44:25 -0700" (the day may be padded with a blank), strict; for APPEND.
std::optional<MailDate> parse_imap_date_time(std::string_view text);
// "1-Feb-1994"; for SEARCH.
std::optional<std::chrono::year_month_day> parse_imap_date(std::string_view text);
// "17-Jul-1996 09:44:25 +0000", always in UTC; INTERNALDATE without its quotes.
std::string format_imap_date_time(std::chrono::sys_seconds time);
// RFC 3339 in UTC, to the second: "2026-11-22T02:06:19Z".
std::string format_rfc3339(std::chrono::sys_seconds time);

} // namespace homespool::mail
