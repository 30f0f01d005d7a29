// A date that is read can be written in IMAP's form and read again.

#include "mail/date.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdlib>

using namespace homespool::mail;
namespace fuzz = homespool::fuzz;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view value = fuzz::text_of(data, size);
  for (const auto& date : {parse_date(value), parse_imap_date_time(value)}) {
    if (!date) continue;
    require(date->written_day().ok() && std::abs(date->zone_minutes) < 24 * 60);
    require(format_rfc3339(date->time).ends_with('Z'));
    const auto again = parse_imap_date_time(format_imap_date_time(date->time));
    const int year = static_cast<int>(date->written_day().year());
    if (year > 1000 && year < 9999) require(again && again->time == date->time);
  }
  if (const auto day = parse_imap_date(value)) require(day->ok());
  return 0;
}
