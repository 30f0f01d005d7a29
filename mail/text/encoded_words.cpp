// decode_header_text: encoded words (RFC 2047) as mail programs write them, which is looser than the RFC has
// it.

#include "mail/ascii.hpp"
#include "mail/text.hpp"
#include "mail/text/transfer_encoding.hpp"
#include "mail/text/utf8.hpp"

#include <optional>

namespace homespool::mail {

namespace {

constexpr std::size_t kLongestWord =
    2'000; // the RFC says 75; one long word is common, an endless one is an attack
constexpr std::size_t kLongestCharset = 100; // with its language

struct EncodedWord {
  std::string_view charset; // without its language (RFC 2231 section 5)
  std::string bytes;        // decoded
  std::size_t size;         // of the word as written
};

// The word that starts at `at`, where "=?" stands.
std::optional<EncodedWord> word_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at + 2, kLongestWord);
  const std::size_t mark = rest.substr(0, kLongestCharset).find('?');
  if (mark == std::string_view::npos || mark == 0 || mark + 2 >= rest.size() || rest[mark + 2] != '?')
    return std::nullopt;
  const char encoding = ascii_lower(rest[mark + 1]);
  if (encoding != 'b' && encoding != 'q') return std::nullopt;
  const std::string_view encoded = rest.substr(mark + 3);
  const std::size_t end = encoded.find("?=");
  if (end == std::string_view::npos) return std::nullopt;
  EncodedWord word;
  word.charset = rest.substr(0, std::min(rest.find('*'), mark));
  word.bytes = encoding == 'b' ? decode_base64(encoded.substr(0, end)) : decode_q(encoded.substr(0, end));
  word.size = 2 + mark + 3 + end + 2;
  return word;
}

bool is_all_space(std::string_view text) {
  return trim_spaces(text).empty();
}

// Joins words that stand side by side before their character set is undone: many programs cut characters in
// two.
class HeaderDecoder {
 public:
  void plain(std::string_view text) {
    if (text.empty()) return;
    finish_words();
    out_ += to_utf8(text, "");
  }

  void word(const EncodedWord& word) {
    if (!equals_ignoring_case(word.charset, charset_)) finish_words();
    charset_ = word.charset;
    bytes_ += word.bytes;
  }

  std::string finish() {
    finish_words();
    return std::move(out_);
  }

 private:
  void finish_words() {
    if (!bytes_.empty()) out_ += to_utf8(bytes_, charset_);
    bytes_.clear();
    charset_ = {};
  }

  std::string out_;
  std::string_view charset_;
  std::string bytes_;
};

} // namespace

std::string decode_header_text(std::string_view value) {
  HeaderDecoder decoder;
  std::size_t plain = 0; // where text that is not yet given out starts
  bool after_word = false;
  for (std::size_t at = value.find("=?"); at != std::string_view::npos;) {
    const auto word = word_at(value, at);
    if (!word) {
      at = value.find("=?", at + 1);
      continue;
    }
    const std::string_view between = value.substr(plain, at - plain);
    if (!after_word || !is_all_space(between)) decoder.plain(between);
    decoder.word(*word);
    after_word = true;
    plain = at + word->size;
    at = value.find("=?", plain);
  }
  decoder.plain(value.substr(plain));
  return decoder.finish();
}

} // namespace homespool::mail
