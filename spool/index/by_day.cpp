#include "spool/index/by_day.hpp"

#include "mail/date.hpp"
#include "mail/header.hpp"

#include <algorithm>

namespace homespool::spool {

std::uint16_t day_written(std::string_view header) {
  const auto value = mail::header_value(header, "date");
  const auto date = value ? mail::parse_date(*value) : std::nullopt;
  if (!date) return 0;
  const auto days = std::chrono::floor<std::chrono::days>(date->time).time_since_epoch().count();
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(days, 0, 0xffff));
}

std::uint64_t by_day(std::uint64_t hash, std::uint16_t day) {
  constexpr unsigned kDayBits = 16, kHashBits = 63 - kDayBits;
  return std::uint64_t{day} << kHashBits | hash >> (64 - kHashBits);
}

} // namespace homespool::spool
