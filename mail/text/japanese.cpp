#include "mail/text/japanese.hpp"

#include "mail/text/converter.hpp"

namespace homespool::mail {

namespace {

constexpr char kEscape = '\x1b';

constexpr bool in_94(unsigned char c) {
  return c >= 0x21 && c <= 0x7e;
}

// Gathers characters of mixed sets and converts each run.
class JapaneseWriter {
 public:
  void byte(char c) {
    finish_supplement();
    cp932_.push_back(c);
  }

  // A cell of JIS X 0208 with the vendors' rows; both bytes are of 0x21 to 0x7e.
  void kanji(unsigned char row, unsigned char cell) {
    finish_supplement();
    int lead = (row - 0x21) / 2 + 0x81;
    if (lead > 0x9f) lead += 0x40;
    int trail = cell + 0x7e;
    if ((row & 1) != 0) trail = cell + (cell >= 0x60 ? 0x20 : 0x1f);
    cp932_.push_back(static_cast<char>(lead));
    cp932_.push_back(static_cast<char>(trail));
  }

  // A cell of JIS X 0212, which code page 932 lacks.
  void supplement(unsigned char row, unsigned char cell) {
    finish_cp932();
    supplement_.push_back('\x8f');
    supplement_.push_back(static_cast<char>(row | 0x80));
    supplement_.push_back(static_cast<char>(cell | 0x80));
  }

  std::string finish() {
    finish_cp932();
    finish_supplement();
    return std::move(utf8_);
  }

 private:
  void finish_cp932() {
    if (!cp932_.empty()) utf8_ += convert_to_utf8(cp932_, "windows-31j").value_or("\xef\xbf\xbd");
    cp932_.clear();
  }
  void finish_supplement() {
    if (!supplement_.empty()) utf8_ += convert_to_utf8(supplement_, "EUC-JP").value_or("\xef\xbf\xbd");
    supplement_.clear();
  }

  std::string utf8_;
  std::string cp932_;
  std::string supplement_;
};

enum class Set { ascii, kana, kanji, supplement };

struct EscapeSequence {
  std::string_view bytes;
  Set set;
};
constexpr EscapeSequence kEscapes[] = { // NOLINT(modernize-avoid-c-arrays)
    {"\x1b(B", Set::ascii},  {"\x1b(J", Set::ascii},  {"\x1b(H", Set::ascii},
    {"\x1b(I", Set::kana},   {"\x1b$@", Set::kanji},  {"\x1b$B", Set::kanji},
    {"\x1b$(@", Set::kanji}, {"\x1b$(B", Set::kanji}, {"\x1b$(D", Set::supplement}};

const EscapeSequence* escape_at(std::string_view rest) {
  for (const EscapeSequence& escape : kEscapes) {
    if (rest.starts_with(escape.bytes)) return &escape;
  }
  return nullptr;
}

} // namespace

std::string iso2022jp_to_utf8(std::string_view bytes) {
  JapaneseWriter out;
  Set set = Set::ascii;
  bool shifted = false; // SO: kana, until SI
  for (std::size_t at = 0; at < bytes.size();) {
    const char c = bytes[at];
    const auto byte = static_cast<unsigned char>(c);
    if (const EscapeSequence* escape = c == kEscape ? escape_at(bytes.substr(at, 4)) : nullptr) {
      set = escape->set;
      at += escape->bytes.size();
      continue;
    }
    if (c == '\n') set = Set::ascii; // RFC 1468: each line ends in ASCII
    const bool pair = (set == Set::kanji || set == Set::supplement) && !shifted && in_94(byte) &&
                      at + 1 < bytes.size() && in_94(static_cast<unsigned char>(bytes[at + 1]));
    if (pair && set == Set::kanji)
      out.kanji(byte, static_cast<unsigned char>(bytes[at + 1]));
    else if (pair)
      out.supplement(byte, static_cast<unsigned char>(bytes[at + 1]));
    else if (c == '\x0e' || c == '\x0f')
      shifted = c == '\x0e';
    else if ((set == Set::kana || shifted) && byte >= 0x21 && byte <= 0x5f)
      out.byte(static_cast<char>(byte | 0x80));
    else
      out.byte(c);
    at += pair ? 2 : 1;
  }
  return out.finish();
}

std::string eucjp_to_utf8(std::string_view bytes) {
  JapaneseWriter out;
  const auto high = [&](std::size_t at) {
    return at < bytes.size() && in_94(static_cast<unsigned char>(bytes[at]) & 0x7fU) &&
           (bytes[at] & 0x80) != 0;
  };
  const auto low7 = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at] & 0x7f); };
  for (std::size_t at = 0; at < bytes.size();) {
    if (bytes[at] == '\x8e' && high(at + 1)) {
      out.byte(bytes[at + 1]);
      at += 2;
    } else if (bytes[at] == '\x8f' && high(at + 1) && high(at + 2)) {
      out.supplement(low7(at + 1), low7(at + 2));
      at += 3;
    } else if (high(at) && high(at + 1)) {
      out.kanji(low7(at), low7(at + 1));
      at += 2;
    } else {
      out.byte((bytes[at] & 0x80) == 0 ? bytes[at] : '\x80'); // code page 932 has nothing at 0x80
      ++at;
    }
  }
  return out.finish();
}

bool looks_like_iso2022jp(std::string_view bytes) {
  for (std::size_t at = bytes.find(kEscape); at != std::string_view::npos; at = bytes.find(kEscape, at + 1)) {
    const std::string_view rest = bytes.substr(at, 3);
    if (rest == "\x1b$B" || rest == "\x1b$@") return true;
  }
  return false;
}

} // namespace homespool::mail
