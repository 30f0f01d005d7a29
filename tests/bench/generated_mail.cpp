#include "tests/bench/generated_mail.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>

namespace homespool::bench {
namespace {

constexpr std::size_t kWords = 20'000, kJapaneseWords = 4'000, kLines = 8'192;
constexpr double kSmallest = 2'400, kLargest = 900'000, kTail = 1.6; // bytes; the power
constexpr std::uint64_t kFirstDay = 1'100'000'000;                   // of the mail: November 2004

// splitmix64: well mixed, and the same everywhere.
std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(mixed(seed)) {}
  std::uint64_t roll(std::uint64_t sides) { return (state_ = mixed(state_)) % sides; }
  double between_0_and_1() { return static_cast<double>(roll(1ULL << 40) + 1) / std::pow(2.0, 40); }
  // A rank by Zipf's law: the hundredth comes a hundredth as often as the first.
  std::size_t rank(std::size_t count) {
    return static_cast<std::size_t>(std::pow(static_cast<double>(count), between_0_and_1())) - 1;
  }

 private:
  std::uint64_t state_;
};

std::string latin_word(Dice& dice) {
  static constexpr std::string_view kOnsets = "bcdfghklmnprstvw", kVowels = "aeiou";
  std::string word;
  for (std::uint64_t syllables = 1 + dice.roll(4); syllables > 0; --syllables) {
    word += kOnsets[dice.roll(kOnsets.size())];
    word += kVowels[dice.roll(kVowels.size())];
    if (dice.roll(3) == 0) word += kOnsets[dice.roll(kOnsets.size())];
  }
  return word;
}

void add_utf8(std::string& to, std::uint64_t character) {
  to += static_cast<char>(0xe0 | character >> 12);
  to += static_cast<char>(0x80 | (character >> 6 & 0x3f));
  to += static_cast<char>(0x80 | (character & 0x3f));
}

std::string japanese_word(Dice& dice) {
  std::string word;
  const auto script = dice.roll(3);
  for (std::uint64_t characters = 1 + dice.roll(4); characters > 0; --characters)
    add_utf8(word, script == 0   ? 0x3042 + dice.roll(80)
                   : script == 1 ? 0x30a2 + dice.roll(80)
                                 : 0x4e00 + dice.rank(6'000));
  return word;
}

std::string date(std::uint64_t seconds) {
  static constexpr const char* kDays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto when = static_cast<std::time_t>(seconds);
  std::tm parts{};
  ::gmtime_r(&when, &parts);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %d %s %d %02d:%02d:%02d +0000", kDays[seconds / 86'400 % 7],
                parts.tm_mday, kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                parts.tm_sec);
  return text;
}

std::string attachment(Dice& dice, std::size_t size) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve(size + 80);
  while (out.size() < size) {
    std::uint64_t bits = 0;
    for (int i = 0; i < 76; ++i, bits >>= 6) {
      if (i % 10 == 0) bits = dice.roll(~std::uint64_t{0});
      out += kDigits[bits & 63];
    }
    out += "\r\n";
  }
  return out;
}

} // namespace

GeneratedMail::GeneratedMail() {
  Dice dice(1);
  for (std::size_t i = 0; i < kWords; ++i) words_.push_back(latin_word(dice));
  for (std::size_t i = 0; i < kJapaneseWords; ++i) japanese_.push_back(japanese_word(dice));
  for (std::size_t i = 0; i < kLines; ++i) lines_.push_back(line(i, words_) + "\r\n");
  for (std::size_t i = 0; i < kLines; ++i) japanese_lines_.push_back(line(i, japanese_) + "\r\n");
}

std::string GeneratedMail::line(std::uint64_t number, const std::vector<std::string>& words) const {
  const bool spaced = &words == &words_;
  Dice dice(number ^ 0x11e);
  std::string out;
  for (const auto length = 20 + dice.roll(50); out.size() < length;) {
    if (spaced && !out.empty()) out += ' ';
    out += words[dice.rank(words.size())];
  }
  return out;
}

std::string GeneratedMail::body(std::uint64_t number, std::size_t size) const {
  Dice dice(number ^ 0xb0d7);
  const auto& lines = number % 8 == 3 ? japanese_lines_ : lines_;
  std::string out;
  out.reserve(size + 512);
  while (out.size() < size) out += lines[dice.roll(lines.size())];
  return out;
}

std::string GeneratedMail::message(std::uint64_t number) const {
  Dice dice(number);
  const auto size =
      static_cast<std::size_t>(std::min(kLargest, kSmallest * std::pow(dice.between_0_and_1(), -1 / kTail)));
  const std::string n = std::to_string(number);
  const auto sender = std::to_string(dice.rank(5'000));
  const auto thread = number - std::min<std::uint64_t>(number, dice.roll(400));
  const std::string when = date(kFirstDay + number * 600);
  const auto& words = number % 8 == 3 ? japanese_ : words_;
  std::string out = "Return-Path: <sender" + sender + "@example.org>\r\nReceived: from mx" + n +
                    ".example.org (mx.example.org [192.0.2.1])\r\n\tby pop.example.net with ESMTPS id " + n +
                    "\r\n\tfor <" + place(number).user + "@example.net>; " + when + "\r\nFrom: Sender " +
                    sender + " <sender" + sender + "@example.org>\r\nTo: " + place(number).user +
                    "@example.net\r\nSubject: " + line(number ^ 0x5b, words) + "\r\nDate: " + when +
                    "\r\nMessage-ID: <" + n + "@example.org>\r\nIn-Reply-To: <" + std::to_string(thread) +
                    "@example.org>\r\nMIME-Version: 1.0\r\n";
  const std::size_t left = size - std::min(size, out.size() + 100);
  const std::string text =
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
  if (number % 8 != 5) return out + text + body(number, left);
  out += "Content-Type: multipart/mixed; boundary=\"=_" + n + "\"\r\n\r\n--=_" + n + "\r\n" + text +
         body(number, std::min<std::size_t>(left / 2, 4'000)) + "--=_" + n +
         "\r\nContent-Type: application/pdf; name=\"paper.pdf\"\r\nContent-Transfer-Encoding: base64\r\n"
         "Content-Disposition: attachment; filename=\"paper.pdf\"\r\n\r\n";
  return out + attachment(dice, left - std::min<std::size_t>(left / 2, 4'000)) + "--=_" + n + "--\r\n";
}

std::string GeneratedMail::user(std::size_t number) {
  return "user" + std::to_string(number);
}

std::string GeneratedMail::folder(std::size_t number) {
  return "Letters/" + std::to_string(1985 + number);
}

GeneratedMail::Place GeneratedMail::place(std::uint64_t number) {
  const std::uint64_t lot = number / kTogether;
  Dice dice(lot ^ 0x10ca);
  Place place;
  if (lot % 10 == 0) { // the big one
    place.user = user(0);
    place.folder = "Everything";
    place.account = "account0-0";
    place.fetched = true;
    return place;
  }
  const auto who = dice.roll(kUsers);
  place.user = user(who);
  place.account = "account" + std::to_string(who) + "-" + std::to_string(dice.roll(2));
  place.fetched = dice.roll(10) < 7;
  place.folder = dice.roll(4) == 0 ? "INBOX" : folder(dice.rank(kFolders));
  return place;
}

bool GeneratedMail::seen(std::uint64_t number) {
  return mixed(number ^ 0x5ee) % 10 < 9;
}

bool GeneratedMail::flagged(std::uint64_t number) {
  return mixed(number ^ 0xf1a) % 20 == 0;
}

} // namespace homespool::bench
