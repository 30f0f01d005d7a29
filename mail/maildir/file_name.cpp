#include "mail/maildir/file_name.hpp"

#include "mail/ascii.hpp"
#include "mail/keyword_name.hpp"

#include <charconv>

namespace homespool::mail {
namespace {

struct Letter {
  char letter;
  const char* flag;
};
constexpr std::array<Letter, 6> kLetters{{{'D', "\\Draft"},
                                          {'F', "\\Flagged"},
                                          {'P', "$Forwarded"},
                                          {'R', "\\Answered"},
                                          {'S', "\\Seen"},
                                          {'T', "\\Deleted"}}};
constexpr std::array<std::string_view, 4> kSeparators{":", ";", "!", "\xEF\x80\xBA"};

// Where "2,LETTERS" begins; nothing when the name carries no flags.
std::optional<std::size_t> find_letters(std::string_view name) {
  const std::size_t comma = name.rfind("2,");
  if (comma == name.npos || comma == 0) return std::nullopt;
  const std::string_view letters = name.substr(comma + 2);
  return std::all_of(letters.begin(), letters.end(), is_alpha) ? std::optional(comma) : std::nullopt;
}

void add(std::vector<std::string>& flags, const std::string& flag) {
  const auto same = [&flag](const std::string& known) { return equals_ignoring_case(known, flag); };
  if (!flag.empty() && std::none_of(flags.begin(), flags.end(), same)) flags.push_back(flag);
}

void add_letter(std::vector<std::string>& flags, char letter, const MaildirKeywords& keywords) {
  if (letter >= 'a' && letter <= 'z') return add(flags, keywords[static_cast<std::size_t>(letter - 'a')]);
  for (const Letter& known : kLetters)
    if (known.letter == letter) add(flags, known.flag);
}

} // namespace

MaildirKeywords parse_maildir_keywords(std::string_view text) {
  MaildirKeywords keywords;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error != std::errc{} || number >= keywords.size()) continue;
    keywords[number] = as_keyword(line.substr(static_cast<std::size_t>(end - line.data())));
  }
  return keywords;
}

MaildirName parse_maildir_name(std::string_view name, const MaildirKeywords& keywords) {
  MaildirName parsed{name, {}};
  const auto info = find_letters(name);
  if (!info) return parsed;
  for (const std::string_view separator : kSeparators) {
    if (!name.substr(0, *info).ends_with(separator)) continue;
    parsed.unique = name.substr(0, *info - separator.size());
    for (const char letter : name.substr(*info + 2)) add_letter(parsed.flags, letter, keywords);
  }
  return parsed;
}

std::optional<std::int64_t> delivery_time(std::string_view name) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), seconds);
  if (error != std::errc{} || seconds < 0 || end == name.data() + name.size() || *end != '.')
    return std::nullopt;
  return seconds;
}

std::string maildir_letters(const std::vector<std::string>& flags, const MaildirKeywords& keywords) {
  std::string letters;
  for (const std::string& flag : flags) {
    for (const Letter& known : kLetters)
      if (equals_ignoring_case(flag, known.flag)) letters.push_back(known.letter);
    for (std::size_t i = 0; i < keywords.size(); ++i)
      if (!keywords[i].empty() && equals_ignoring_case(flag, keywords[i]))
        letters.push_back(static_cast<char>('a' + i));
  }
  std::sort(letters.begin(), letters.end());
  return letters;
}

} // namespace homespool::mail
