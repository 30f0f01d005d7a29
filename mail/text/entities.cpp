#include "mail/text/entities.hpp"

#include "mail/ascii.hpp"
#include "mail/text/utf8.hpp"

#include <array>
#include <charconv>
#include <optional>

namespace homespool::mail {

namespace {

constexpr std::size_t kLongestName = 32;

// U+00A0 to U+00FF, in order.
constexpr std::array<std::string_view, 96> kLatin1 = {
    "nbsp",   "iexcl",  "cent",   "pound",  "curren", "yen",    "brvbar", "sect",   "uml",    "copy",
    "ordf",   "laquo",  "not",    "shy",    "reg",    "macr",   "deg",    "plusmn", "sup2",   "sup3",
    "acute",  "micro",  "para",   "middot", "cedil",  "sup1",   "ordm",   "raquo",  "frac14", "frac12",
    "frac34", "iquest", "Agrave", "Aacute", "Acirc",  "Atilde", "Auml",   "Aring",  "AElig",  "Ccedil",
    "Egrave", "Eacute", "Ecirc",  "Euml",   "Igrave", "Iacute", "Icirc",  "Iuml",   "ETH",    "Ntilde",
    "Ograve", "Oacute", "Ocirc",  "Otilde", "Ouml",   "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",
    "Uuml",   "Yacute", "THORN",  "szlig",  "agrave", "aacute", "acirc",  "atilde", "auml",   "aring",
    "aelig",  "ccedil", "egrave", "eacute", "ecirc",  "euml",   "igrave", "iacute", "icirc",  "iuml",
    "eth",    "ntilde", "ograve", "oacute", "ocirc",  "otilde", "ouml",   "divide", "oslash", "ugrave",
    "uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml"};

struct Named {
  std::string_view name;
  char32_t code_point;
};
constexpr std::array<Named, 34> kOthers = {
    {{"amp", '&'},       {"lt", '<'},        {"gt", '>'},        {"quot", '"'},     {"apos", '\''},
     {"euro", 0x20ac},   {"hellip", 0x2026}, {"mdash", 0x2014},  {"ndash", 0x2013}, {"lsquo", 0x2018},
     {"rsquo", 0x2019},  {"sbquo", 0x201a},  {"ldquo", 0x201c},  {"rdquo", 0x201d}, {"bdquo", 0x201e},
     {"bull", 0x2022},   {"trade", 0x2122},  {"larr", 0x2190},   {"rarr", 0x2192},  {"uarr", 0x2191},
     {"darr", 0x2193},   {"zwnj", 0x200c},   {"zwj", 0x200d},    {"ensp", 0x2002},  {"emsp", 0x2003},
     {"thinsp", 0x2009}, {"OElig", 0x152},   {"oelig", 0x153},   {"Scaron", 0x160}, {"scaron", 0x161},
     {"lsaquo", 0x2039}, {"rsaquo", 0x203a}, {"dagger", 0x2020}, {"minus", 0x2212}}};

std::optional<char32_t> named(std::string_view name) {
  for (std::size_t i = 0; i < kLatin1.size(); ++i) {
    if (kLatin1[i] == name) return static_cast<char32_t>(0xa0 + i);
  }
  for (const Named& other : kOthers) {
    if (other.name == name) return other.code_point;
  }
  return std::nullopt;
}

// What &#128; to &#159; mean: windows-1252, not the control characters.
constexpr std::array<char16_t, 32> kWindows = {
    0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178};

// `rest` follows "&#". 0 when there is no number.
std::size_t append_numeric(std::string& out, std::string_view rest) {
  const bool hex = !rest.empty() && ascii_lower(rest[0]) == 'x';
  const std::string_view digits = rest.substr(hex ? 1 : 0, kLongestName);
  std::uint32_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  if (end == digits.data()) return 0;
  if (error != std::errc{} || value == 0) value = kReplacement;
  if (value >= 0x80 && value < 0xa0) value = kWindows[value - 0x80];
  append_utf8(out, value);
  return static_cast<std::size_t>(end - rest.data());
}

} // namespace

std::size_t append_entity(std::string& out, std::string_view text) {
  std::size_t size = 0;
  if (text.starts_with("&#")) {
    size = append_numeric(out, text.substr(2));
    if (size > 0) size += 2;
  } else {
    std::size_t end = 1;
    while (end < text.size() && end <= kLongestName && (is_alpha(text[end]) || is_digit(text[end]))) ++end;
    if (const auto code_point = named(text.substr(1, end - 1))) {
      append_utf8(out, *code_point);
      size = end;
    }
  }
  if (size == 0) {
    out.push_back('&');
    return 1;
  }
  return size < text.size() && text[size] == ';' ? size + 1 : size;
}

} // namespace homespool::mail
