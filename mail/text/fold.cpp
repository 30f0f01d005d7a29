// fold_for_search: compatibility forms, width and case are one (Unicode's NFKC_Casefold, by ICU).

#include "mail/ascii.hpp"
#include "mail/text.hpp"
#include "mail/text/utf8.hpp"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>

namespace homespool::mail {

namespace {

constexpr std::size_t kWorthSplitting = 16; // bytes of ASCII that are quicker folded by hand

void append_folded_ascii(std::string& out, std::string_view text) {
  for (const char c : text) out.push_back(ascii_lower(c));
}

void append_folded(std::string& out, std::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* folding = icu::Normalizer2::getNFKCCasefoldInstance(error);
  if (U_FAILURE(error)) { // only when ICU's own data are missing
    out.append(text);
    return;
  }
  icu::StringByteSink<std::string> sink(&out);
  folding->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink, nullptr,
                         error);
}

// Japanese character sets disagree on which dash and tilde they mean: JIS's wave dash and minus sign stand
// for the fullwidth tilde and hyphen of Windows, which are already folded to ASCII.
void join_look_alikes(std::string& text) {
  for (const auto& [from, to] :
       {std::pair<std::string_view, char>{"\xe3\x80\x9c", '~'}, {"\xe2\x88\x92", '-'}}) {
    std::size_t at = text.find(from);
    if (at == std::string::npos) continue;
    std::string joined;
    std::size_t done = 0;
    for (; at != std::string::npos; at = text.find(from, done)) {
      joined.append(text, done, at - done).push_back(to);
      done = at + from.size();
    }
    text = joined.append(text, done);
  }
}

// Bytes up to the next long run of ASCII. A run's last character may take a combining mark, so it stays with
// what follows; its first starts afresh.
std::size_t mixed_run(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t plain = ascii_prefix(text.substr(at));
    if (plain > kWorthSplitting) return at;
    at += plain;
    while (at < text.size() && is_8bit(text[at])) ++at;
  }
  return at;
}

} // namespace

std::string fold_for_search(std::string_view utf8) {
  if (!is_valid_utf8(utf8)) return fold_for_search(repair_utf8(utf8));
  std::string out;
  out.reserve(utf8.size());
  bool only_ascii = true;
  while (!utf8.empty()) {
    const std::size_t plain = ascii_prefix(utf8);
    const std::size_t by_hand = plain == utf8.size() ? plain : plain - (plain > 0 ? 1 : 0);
    append_folded_ascii(out, utf8.substr(0, by_hand));
    utf8.remove_prefix(by_hand);
    if (utf8.empty()) break;
    only_ascii = false;
    std::size_t mixed = is_8bit(utf8.front()) ? 0 : 1;
    mixed += mixed_run(utf8.substr(mixed));
    append_folded(out, utf8.substr(0, mixed));
    utf8.remove_prefix(mixed);
  }
  if (!only_ascii) join_look_alikes(out);
  return out;
}

} // namespace homespool::mail
