#include "mail/keyword_name.hpp"

#include "mail/ascii.hpp"

namespace homespool::mail {
namespace {

constexpr std::size_t kLongest = 200;

bool fits(char c) {
  return c > 0x20 && c < 0x7f && std::string_view("(){%*\"\\]").find(c) == std::string_view::npos;
}

} // namespace

std::string as_keyword(std::string_view text) {
  std::string keyword(trim_spaces(text).substr(0, kLongest));
  for (char& c : keyword)
    if (!fits(c)) c = '_';
  return keyword;
}

std::vector<std::string> as_keywords(std::string_view list) {
  std::vector<std::string> keywords;
  while (!(list = trim_spaces(list)).empty()) {
    std::size_t length = 0;
    while (length < list.size() && !is_space(list[length])) ++length;
    keywords.push_back(as_keyword(list.substr(0, length)));
    list.remove_prefix(length);
  }
  return keywords;
}

} // namespace homespool::mail
