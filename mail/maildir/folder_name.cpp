#include "mail/maildir/folder_name.hpp"

#include "mail/ascii.hpp"
#include "mail/modified_utf7.hpp"
#include "mail/text/utf8.hpp"

namespace homespool::mail {
namespace {

constexpr std::size_t kLongestLevel = 200;

bool is_hex(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}
unsigned hex_value(char c) {
  return static_cast<unsigned>(is_digit(c) ? c - '0' : ascii_lower(c) - 'a' + 10);
}
// At a '\' that two hexadecimal digits follow.
bool is_escape(std::string_view text, std::size_t at) {
  return text[at] == '\\' && at + 2 < text.size() && is_hex(text[at + 1]) && is_hex(text[at + 2]);
}

std::string escaped(std::string_view level) {
  std::string out;
  for (std::size_t at = 0; at < level.size(); ++at) {
    if (level[at] == '.')
      out += "\\2e";
    else if (is_escape(level, at))
      out += "\\5c";
    else
      out += level[at];
  }
  return out;
}

std::string unescaped(std::string_view level) {
  std::string out;
  for (std::size_t at = 0; at < level.size(); ++at) {
    if (!is_escape(level, at)) {
      out += level[at];
      continue;
    }
    out += static_cast<char>(hex_value(level[at + 1]) * 16 + hex_value(level[at + 2]));
    at += 2;
  }
  return out;
}

void append_level(std::string& name, std::string_view level) {
  if (!name.empty()) name += '/';
  name += level;
}

} // namespace

std::string to_maildir_folder(std::string_view name) {
  std::string directory;
  for (;;) {
    const std::size_t slash = name.find('/');
    directory += '.' + escaped(name.substr(0, slash));
    if (slash == name.npos) return to_modified_utf7(directory);
    name.remove_prefix(slash + 1);
  }
}

std::string from_maildir_folder(std::string_view directory) {
  const std::string text = from_modified_utf7(directory).value_or(std::string(directory));
  std::string name;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    const std::string_view level = std::string_view(text).substr(begin, end - begin);
    if (!level.empty()) append_level(name, as_folder_level(unescaped(level)));
    begin = end + 1;
  }
  return name.empty() ? as_folder_level(directory) : name;
}

std::string as_folder_level(std::string_view text) {
  std::string valid = repair_utf8(text.substr(0, kLongestLevel + 4)); // a character more, to cut between two
  if (valid.size() > kLongestLevel) {
    std::size_t end = kLongestLevel;
    while ((static_cast<unsigned char>(valid[end]) & 0xc0U) == 0x80U) --end;
    valid.resize(end);
  }
  std::string level;
  for (const char c : valid) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    level += control || c == '/' || c == '*' || c == '%' ? '_' : c;
  }
  if (level == "." || level == "..") level = "_";
  return level.empty() ? "_" : level;
}

} // namespace homespool::mail
