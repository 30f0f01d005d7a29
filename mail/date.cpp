#include "mail/date.hpp"

#include "mail/ascii.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace homespool::mail {

namespace {

using namespace std::chrono; // NOLINT(google-build-using-namespace)

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// 1 to 12; 0 for what is no month.
unsigned month_number(std::string_view name) {
  for (unsigned i = 0; i < kMonths.size(); ++i) {
    if (equals_ignoring_case(kMonths[i], name)) return i + 1;
  }
  return 0;
}

std::optional<unsigned> whole_number(std::string_view digits) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// "+hhmm" or "-hhmm".
std::optional<int> zone_offset(std::string_view text) {
  if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hours = whole_number(text.substr(1, 2));
  const auto minutes = whole_number(text.substr(3, 2));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const int east = static_cast<int>(*hours * 60 + *minutes);
  return text[0] == '-' ? -east : east;
}

std::optional<year_month_day> valid_day(unsigned y, unsigned m, unsigned d) {
  const year_month_day ymd{year(static_cast<int>(y)), month(m), day(d)};
  if (y > 9999 || !ymd.ok()) return std::nullopt;
  return ymd;
}

// "hh:mm:ss", two digits each.
std::optional<seconds> strict_time(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto h = whole_number(text.substr(0, 2));
  const auto m = whole_number(text.substr(3, 2));
  const auto s = whole_number(text.substr(6, 2));
  if (!h || !m || !s || *h > 23 || *m > 59 || *s > 60) return std::nullopt;
  return hours(*h) + minutes(*m) + seconds(*s);
}

struct Fields {
  year_month_day day;
  hh_mm_ss<seconds> clock;
};

Fields fields_of(sys_seconds time) {
  const sys_days midnight = floor<days>(time);
  return {year_month_day(midnight), hh_mm_ss<seconds>(time - midnight)};
}

} // namespace

year_month_day MailDate::written_day() const {
  return year_month_day(floor<days>(time + minutes(zone_minutes)));
}

std::optional<year_month_day> parse_imap_date(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash != 1 && dash != 2) return std::nullopt;
  const std::string_view rest = text.substr(dash + 1);
  if (rest.size() != 8 || rest[3] != '-') return std::nullopt;
  const auto d = whole_number(text.substr(0, dash));
  const unsigned m = month_number(rest.substr(0, 3));
  const auto y = whole_number(rest.substr(4));
  if (!d || m == 0 || !y) return std::nullopt;
  return valid_day(*y, m, *d);
}

std::optional<MailDate> parse_imap_date_time(std::string_view text) {
  if (text.size() != 26 || text[11] != ' ' || text[20] != ' ') return std::nullopt;
  std::string_view date = text.substr(0, 11);
  if (date[0] == ' ') date.remove_prefix(1);
  const auto day = parse_imap_date(date);
  const auto clock = strict_time(text.substr(12, 8));
  const auto zone = zone_offset(text.substr(21));
  if (!day || !clock || !zone) return std::nullopt;
  return MailDate{sys_days(*day) + *clock - minutes(*zone), *zone};
}

std::string format_imap_date_time(sys_seconds time) {
  const Fields at = fields_of(time);
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%02u-%s-%04d %02d:%02d:%02d +0000", static_cast<unsigned>(at.day.day()),
      kMonths[static_cast<unsigned>(at.day.month()) - 1].data(), static_cast<int>(at.day.year()),
      static_cast<int>(at.clock.hours().count()), static_cast<int>(at.clock.minutes().count()),
      static_cast<int>(at.clock.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string format_rfc3339(sys_seconds time) {
  const Fields at = fields_of(time);
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(at.day.year()),
      static_cast<unsigned>(at.day.month()), static_cast<unsigned>(at.day.day()),
      static_cast<int>(at.clock.hours().count()), static_cast<int>(at.clock.minutes().count()),
      static_cast<int>(at.clock.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

} // namespace homespool::mail
