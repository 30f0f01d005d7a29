#include "mail/mbox/from_line.hpp"

#include "mail/ascii.hpp"
#include "mail/date.hpp"

#include <vector>

namespace homespool::mail {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::size_t kMostWords = 32;

Words words_of(std::string_view text) {
  Words words;
  while (!(text = trim_spaces(text)).empty() && words.size() < kMostWords) {
    const std::string_view word = text.substr(0, text.find_first_of(" \t"));
    words.push_back(word);
    text.remove_prefix(word.size());
  }
  return words;
}

bool is_one_of(std::string_view word, std::string_view names) {
  if (word.size() != 3) return false;
  for (std::size_t at = 0; at < names.size(); at += 3)
    if (equals_ignoring_case(word, names.substr(at, 3))) return true;
  return false;
}
bool is_day_name(std::string_view word) {
  return is_one_of(word, "MonTueWedThuFriSatSun");
}
bool is_month(std::string_view word) {
  return is_one_of(word, "JanFebMarAprMayJunJulAugSepOctNovDec");
}
// "Thu Jan  1 00:00:00 1970" or "Thu, 1 Jan 1970 00:00:00 +0000" from word `at` on.
bool begins_date(const Words& words, std::size_t at) {
  if (at + 4 >= words.size()) return false;
  std::string_view day = words[at];
  const bool comma = day.back() == ',';
  if (comma) day.remove_suffix(1);
  return is_day_name(day) && (is_month(words[at + 1]) || (comma && is_month(words[at + 2])));
}

bool can_stand_alone(const Words& words) {
  if (words.empty()) return true;
  return words.size() == 1 &&
         (words[0] == "-" || words[0] == "MAILER-DAEMON" || words[0].find('@') != words[0].npos);
}

} // namespace

std::optional<FromLine> parse_from_line(std::string_view line) {
  if (!line.starts_with(kFrom)) return std::nullopt;
  line.remove_prefix(kFrom.size());
  const Words words = words_of(line);
  FromLine parsed;
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (!begins_date(words, at)) continue;
    const auto begin = static_cast<std::size_t>(words[at].data() - line.data());
    const auto date = parse_date(line.substr(begin));
    if (!date) continue;
    parsed.date = date->time;
    parsed.sender = trim_spaces(line.substr(0, begin));
    return parsed;
  }
  if (!can_stand_alone(words)) return std::nullopt;
  parsed.sender = words.empty() ? std::string_view{} : words.front();
  return parsed;
}

} // namespace homespool::mail
