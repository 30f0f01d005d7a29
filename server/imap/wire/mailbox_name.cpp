// INBOX, what can be made, wildcards. See mailbox_name.hpp.
#include "server/imap/wire/mailbox_name.hpp"

#include "mail/ascii.hpp"

#include <vector>

namespace homespool::server::imap {
namespace {

bool starts_with_inbox(std::string_view name) {
  return name.size() >= 5 && mail::equals_ignoring_case(name.substr(0, 5), "INBOX") &&
         (name.size() == 5 || name[5] == kSeparator);
}

bool level_can_be_created(std::string_view level) {
  return !level.empty() && level != "." && level != "..";
}

// "**" and "*%" say no more than "*"; without them a pattern that can match is at most twice the name.
std::string without_doubled_wildcards(std::string_view pattern) {
  std::string out;
  for (const char c : pattern) {
    const bool after_star = !out.empty() && out.back() == '*';
    const bool after_percent = !out.empty() && out.back() == '%';
    if ((c == '*' || c == '%') && (after_star || (after_percent && c == '%'))) continue;
    if (c == '*' && after_percent) out.pop_back();
    out.push_back(c);
  }
  return out;
}

} // namespace

std::string with_inbox(std::string name) {
  if (starts_with_inbox(name)) name.replace(0, 5, "INBOX");
  return name;
}

bool can_be_created(std::string_view utf8) {
  constexpr std::size_t kBytes = 1000;
  constexpr std::size_t kLevels = 50;
  if (utf8.size() > kBytes || !is_valid_utf8(utf8)) return false;
  for (const char c : utf8)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '*' || c == '%') return false;
  std::size_t levels = 0;
  while (true) {
    const std::size_t end = utf8.find(kSeparator);
    if (!level_can_be_created(utf8.substr(0, end)) || ++levels > kLevels) return false;
    if (end == std::string_view::npos) return true;
    utf8.remove_prefix(end + 1);
  }
}

bool list_matches(std::string_view written, std::string_view name) {
  const std::string pattern = without_doubled_wildcards(written);
  if (pattern.size() > 2 * name.size() + 1) return false;
  const std::size_t any_case = starts_with_inbox(name) ? 5 : 0;
  // reach[p]: the name so far is matched by the first p characters of the pattern.
  std::vector<char> reach(pattern.size() + 1, 0);
  const auto through_wildcards = [&] {
    for (std::size_t p = 0; p < pattern.size(); ++p)
      if (reach[p] != 0 && (pattern[p] == '*' || pattern[p] == '%')) reach[p + 1] = 1;
  };
  reach[0] = 1;
  through_wildcards();
  for (std::size_t n = 0; n < name.size(); ++n) {
    for (std::size_t p = pattern.size() + 1; p-- > 0;) {
      const bool stay = p < pattern.size() && reach[p] != 0 &&
                        (pattern[p] == '*' || (pattern[p] == '%' && name[n] != kSeparator));
      bool step = p > 0 && reach[p - 1] != 0 && pattern[p - 1] != '*' && pattern[p - 1] != '%';
      if (step)
        step = pattern[p - 1] == name[n] ||
               (n < any_case && mail::ascii_lower(pattern[p - 1]) == mail::ascii_lower(name[n]));
      reach[p] = stay || step ? 1 : 0;
    }
    through_wildcards();
  }
  return reach[pattern.size()] != 0;
}

} // namespace homespool::server::imap
