// parse_date: what people's programs wrote into Date fields over forty years.

#include "mail/ascii.hpp"
#include "mail/date.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace homespool::mail {

namespace {

using namespace std::chrono; // NOLINT(google-build-using-namespace)

constexpr std::size_t kLongestDate = 1000; // bytes looked at; real dates have under 100

struct ZoneName {
  std::string_view name;
  int minutes;
};
// RFC 5322 section 4.3, and names that are common and mean one thing only in mail. Any other counts as UTC.
constexpr std::array<ZoneName, 18> kZones = {{{"EST", -300},
                                              {"EDT", -240},
                                              {"CST", -360},
                                              {"CDT", -300},
                                              {"MST", -420},
                                              {"MDT", -360},
                                              {"PST", -480},
                                              {"PDT", -420},
                                              {"JST", 540},
                                              {"CET", 60},
                                              {"MET", 60},
                                              {"CEST", 120},
                                              {"MEST", 120},
                                              {"EET", 120},
                                              {"EEST", 180},
                                              {"BST", 60},
                                              {"MSK", 180},
                                              {"HKT", 480}}};

constexpr std::string_view kMonthNames = "janfebmaraprmayjunjulaugsepoctnovdec";

unsigned month_of(std::string_view word) {
  if (word.size() < 3) return 0;
  for (unsigned m = 0; m < 12; ++m) {
    if (equals_ignoring_case(word.substr(0, 3), kMonthNames.substr(std::size_t{m} * 3, 3))) return m + 1;
  }
  return 0;
}

unsigned number_of(std::string_view digits) {
  unsigned value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// What has been read of the date so far.
struct Draft {
  unsigned year = 0, month = 0, day = 0;
  unsigned hour = 0, minute = 0, second = 0;
  int zone = 0;
  bool has_year = false, has_time = false, has_zone = false, broken = false;
};

class DateReader {
 public:
  explicit DateReader(std::string_view text) : text_(text.substr(0, kLongestDate)) {}

  std::optional<MailDate> read() {
    while (at_ < text_.size() && !draft_.broken) step();
    return finish();
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == '(') {
      skip_comment();
    } else if (is_digit(c)) {
      take_number();
    } else if (is_alpha(c)) {
      take_word();
    } else if ((c == '+' || c == '-') && draft_.has_time && !draft_.has_zone) {
      take_offset();
    } else {
      ++at_;
    }
  }

  void skip_comment() {
    for (int depth = 0; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\')
        ++at_;
      else if (text_[at_] == '(')
        ++depth;
      else if (text_[at_] == ')' && --depth == 0)
        break;
    }
    ++at_;
  }

  std::string_view run(bool (*belongs)(char)) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  void take_number() {
    const std::string_view digits = run([](char c) { return is_digit(c); });
    const bool colon =
        at_ + 1 < text_.size() && (text_[at_] == ':' || text_[at_] == '.') && is_digit(text_[at_ + 1]);
    if (colon && digits.size() <= 2 && !draft_.has_time)
      take_time(digits);
    else if (digits.size() >= 3)
      take_year(digits);
    else if (draft_.day == 0)
      draft_.day = number_of(digits);
    else if (draft_.month == 0 && draft_.has_year && draft_.day != 0)
      swap_iso_day(number_of(digits));
    else if (!draft_.has_year)
      take_year(digits);
  }

  // "1997-11-21": what was taken for the day is the month.
  void swap_iso_day(unsigned number) { draft_.month = std::exchange(draft_.day, number); }

  void take_year(std::string_view digits) {
    if (draft_.has_year || digits.size() > 4) return;
    draft_.year = number_of(digits);
    if (digits.size() <= 2)
      draft_.year += draft_.year < 50 ? 2000 : 1900; // RFC 5322 section 4.3
    else if (digits.size() == 3)
      draft_.year += 1900;
    draft_.has_year = true;
  }

  void take_time(std::string_view hour) {
    const char separator = text_[at_];
    draft_.has_time = true;
    draft_.hour = number_of(hour);
    ++at_;
    draft_.minute = number_of(run([](char c) { return is_digit(c); }));
    if (at_ + 1 < text_.size() && text_[at_] == separator && is_digit(text_[at_ + 1])) {
      ++at_;
      draft_.second = number_of(run([](char c) { return is_digit(c); }));
    }
    draft_.broken = draft_.hour > 23 || draft_.minute > 59 || draft_.second > 60;
  }

  void take_word() {
    const std::string_view word = run([](char c) { return is_alpha(c); });
    if (const unsigned month = month_of(word); month != 0 && draft_.month == 0) {
      draft_.month = month;
    } else if (draft_.has_time && !draft_.has_zone) {
      take_zone_name(word);
    }
  }

  void take_zone_name(std::string_view word) {
    if (equals_ignoring_case(word, "PM") && draft_.hour < 12) draft_.hour += 12;
    for (const ZoneName& zone : kZones) {
      if (!equals_ignoring_case(zone.name, word)) continue;
      draft_.zone = zone.minutes;
      draft_.has_zone = true;
    }
  }

  void take_offset() {
    const bool west = text_[at_++] == '-';
    std::string digits(run([](char c) { return is_digit(c); }));
    if (digits.size() <= 2 && at_ < text_.size() && text_[at_] == ':') { // "+09:00"
      ++at_;
      digits.append(run([](char c) { return is_digit(c); }));
    }
    if (digits.size() < 3 || digits.size() > 4) return;
    const unsigned value = number_of(digits);
    const int east = static_cast<int>(value / 100 * 60 + value % 100);
    if (east >= 24 * 60) return;
    draft_.zone = west ? -east : east;
    draft_.has_zone = true;
  }

  std::optional<MailDate> finish() const {
    const year_month_day day{year(static_cast<int>(draft_.year)), month(draft_.month),
                             std::chrono::day(draft_.day)};
    if (draft_.broken || !draft_.has_year || draft_.year < 1000 || !day.ok()) return std::nullopt;
    const seconds clock = hours(draft_.hour) + minutes(draft_.minute) + seconds(draft_.second);
    return MailDate{sys_days(day) + clock - minutes(draft_.zone), draft_.zone};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Draft draft_;
};

} // namespace

std::optional<MailDate> parse_date(std::string_view value) {
  return DateReader(value).read();
}

} // namespace homespool::mail
