// to_utf8 and known_charset: the names that mail uses for character sets, and what each really means.

#include "mail/ascii.hpp"
#include "mail/text.hpp"
#include "mail/text/converter.hpp"
#include "mail/text/japanese.hpp"
#include "mail/text/utf8.hpp"

#include <optional>
#include <unordered_map>

namespace homespool::mail {

namespace {

constexpr std::size_t kLongestName = 60;

// Names of our own, that are no converter of ICU.
constexpr std::string_view kUtf8 = "=utf-8";
constexpr std::string_view kGuess = "=guess";
constexpr std::string_view kIso2022Jp = "=iso-2022-jp";
constexpr std::string_view kEucJp = "=euc-jp";

// In each case the larger set that programs mean when they write the smaller one's name.
const std::unordered_map<std::string_view, std::string_view>& aliases() {
  static const std::unordered_map<std::string_view, std::string_view> table = {
      {"utf-8", kUtf8},
      {"utf8", kUtf8},
      {"us-ascii", kGuess},
      {"ascii", kGuess},
      {"ansi_x3.4-1968", kGuess},
      {"7bit", kGuess},
      {"8bit", kGuess},
      {"iso-8859-1", "windows-1252"},
      {"iso8859-1", "windows-1252"},
      {"iso_8859-1", "windows-1252"},
      {"latin1", "windows-1252"},
      {"latin-1", "windows-1252"},
      {"iso-8859-9", "windows-1254"},
      {"iso-8859-11", "windows-874-2000"},
      {"tis-620", "windows-874-2000"},
      {"windows-874", "windows-874-2000"},
      {"iso-8859-8-i", "iso-8859-8"},
      {"iso-8859-8-e", "iso-8859-8"},
      {"iso-2022-jp", kIso2022Jp},
      {"iso-2022-jp-1", kIso2022Jp},
      {"iso-2022-jp-2", "iso-2022-jp-2"},
      {"iso-2022-jp-ms", kIso2022Jp},
      {"csiso2022jp", kIso2022Jp},
      {"cp50220", kIso2022Jp},
      {"cp50221", kIso2022Jp},
      {"cp50222", kIso2022Jp},
      {"x-windows-iso2022jp", kIso2022Jp},
      {"jis", kIso2022Jp},
      {"shift_jis", "windows-31j"},
      {"shift-jis", "windows-31j"},
      {"shiftjis", "windows-31j"},
      {"sjis", "windows-31j"},
      {"x-sjis", "windows-31j"},
      {"ms_kanji", "windows-31j"},
      {"csshiftjis", "windows-31j"},
      {"cp932", "windows-31j"},
      {"ms932", "windows-31j"},
      {"windows-932", "windows-31j"},
      {"euc-jp", kEucJp},
      {"eucjp", kEucJp},
      {"x-euc-jp", kEucJp},
      {"eucjp-ms", kEucJp},
      {"cp51932", kEucJp},
      {"gb2312", "gb18030"},
      {"gb_2312-80", "gb18030"},
      {"csgb2312", "gb18030"},
      {"euc-cn", "gb18030"},
      {"gbk", "gb18030"},
      {"x-gbk", "gb18030"},
      {"cp936", "gb18030"},
      {"windows-936", "gb18030"},
      {"hz-gb-2312", "HZ"},
      {"big5", "Big5-HKSCS"},
      {"big-5", "Big5-HKSCS"},
      {"cn-big5", "Big5-HKSCS"},
      {"x-x-big5", "Big5-HKSCS"},
      {"cp950", "Big5-HKSCS"},
      {"ks_c_5601-1987", "windows-949"},
      {"ks_c_5601-1989", "windows-949"},
      {"ks_c_5601", "windows-949"},
      {"ksc5601", "windows-949"},
      {"ksc_5601", "windows-949"},
      {"euc-kr", "windows-949"},
      {"cp949", "windows-949"},
      {"korean", "windows-949"},
      {"unicode-1-1-utf-7", "utf-7"},
      {"macintosh", "macintosh"},
      {"x-mac-roman", "macintosh"},
      {"windows1252", "windows-1252"},
      {"win-1251", "windows-1251"},
      {"x-cp1251", "windows-1251"},
      {"x-cp1252", "windows-1252"},
      {"koi8", "koi8-r"},
  };
  return table;
}

// ICU takes options after a comma, and file names; a message must not give it either.
bool is_plain_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestName) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return is_digit(c) || is_alpha(c) || std::string_view("-_.:+()").find(c) != std::string_view::npos;
  });
}

// One of our names or one of ICU's; nothing for what is not known.
std::optional<std::string> meaning_of(std::string_view charset) {
  charset = trim_spaces(charset);
  if (!is_plain_name(charset)) return std::nullopt;
  const std::string name = to_ascii_lower(charset);
  if (const auto found = aliases().find(name); found != aliases().end()) return std::string(found->second);
  if (has_converter(name)) return name;
  if (name.starts_with("x-")) return meaning_of(std::string_view(name).substr(2));
  return std::nullopt;
}

std::string guess(std::string_view bytes) {
  if (looks_like_iso2022jp(bytes)) return iso2022jp_to_utf8(bytes);
  if (is_valid_utf8(bytes)) return std::string(bytes);
  return convert_to_utf8(bytes, "windows-1252").value_or(repair_utf8(bytes));
}

} // namespace

std::string to_utf8(std::string_view bytes, std::string_view charset) {
  const std::string meaning = meaning_of(charset).value_or(std::string(kGuess));
  if (meaning == kGuess) return guess(bytes);
  if (meaning == kUtf8) return repair_utf8(bytes);
  if (meaning == kIso2022Jp) return iso2022jp_to_utf8(bytes);
  if (meaning == kEucJp) return eucjp_to_utf8(bytes);
  const auto converted = convert_to_utf8(bytes, meaning);
  return converted ? *converted : guess(bytes);
}

bool known_charset(std::string_view charset) {
  return meaning_of(charset).has_value();
}

} // namespace homespool::mail
