// Sizes, durations and names.
#include "config/schema/values.hpp"

#include "config/schema/characters.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <span>

namespace homespool::config::schema {
namespace {

constexpr Seconds kLongest = std::chrono::hours{24 * 36500};
constexpr std::size_t kLongestName = 255;
constexpr std::size_t kLongestSecret = std::size_t{64} << 10;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 5> kSizes{
    {{"", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}, {"TiB", 1ULL << 40}}};
constexpr std::array<Unit, 5> kDurations{{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}}};

// Digits and a unit; nothing when the text has another form or is `most` or more.
std::optional<std::uint64_t> measure(std::string_view text, std::span<const Unit> units, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
  const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == name; });
  if (unit == units.end() || number > most / unit->factor) return std::nullopt;
  return number * unit->factor;
}

} // namespace

Parsed<Bytes> parse_size(std::string_view text, Bytes least, Bytes most) {
  const auto bytes = measure(text, kSizes, kLargestSize);
  if (!bytes) return Fault{"must be a size such as 300KiB, 20MiB or 1GiB, not " + in_quotes(text)};
  if (*bytes < least)
    return Fault{"must be at least " + std::to_string(least) + " bytes, not " + in_quotes(text)};
  if (*bytes > most)
    return Fault{"must be at most " + std::to_string(most >> 20) + "MiB, not " + in_quotes(text)};
  return *bytes;
}

Parsed<Seconds> parse_duration(std::string_view text, Seconds least) {
  const auto seconds = measure(text, kDurations, std::numeric_limits<std::int64_t>::max());
  if (!seconds) return Fault{"must be a duration such as 30s, 5m, 12h, 14d or 1w, not " + in_quotes(text)};
  if (*seconds < static_cast<std::uint64_t>(least.count()))
    return Fault{"must be at least " + std::to_string(least.count()) + "s, not " + in_quotes(text)};
  if (*seconds > static_cast<std::uint64_t>(kLongest.count()))
    return Fault{"must be at most 36500d, not " + in_quotes(text)};
  return Seconds{static_cast<std::int64_t>(*seconds)};
}

Parsed<KeepUpstream> parse_keep_upstream(std::string_view text) {
  if (text == "forever") return KeepUpstream{};
  if (text == "until_deleted") return KeepUpstream{KeepUpstream::Kind::until_deleted, Seconds{0}};
  const auto after = parse_duration(text, Seconds{0});
  if (after.has_error())
    return Fault{"must be forever, until_deleted or a duration such as 14d, not " + in_quotes(text)};
  return KeepUpstream{KeepUpstream::Kind::after, *after};
}

Parsed<std::string> parse_folder(std::string_view text) {
  if (text.empty()) return Fault{"must not be empty"};
  if (text.size() > kLongestName) return Fault{"must not be longer than 255 bytes"};
  if (has_control(text)) return Fault{"must not have control characters"};
  if (valid_utf8_prefix(text) != text.size()) return Fault{"must be valid UTF-8"};
  if (text.find_first_of("%*") != text.npos)
    return Fault{"must not have the wildcards % or *, not " + in_quotes(text)};
  if (text.front() == '/' || text.back() == '/' || text.find("//") != text.npos)
    return Fault{"must not have an empty level between its '/', not " + in_quotes(text)};
  std::string folder(text);
  const std::size_t first = std::min(folder.find('/'), folder.size());
  std::string level = folder.substr(0, first);
  std::transform(level.begin(), level.end(), level.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  if (level == "INBOX") folder.replace(0, first, level);
  return accepted(std::move(folder));
}

Parsed<std::string> parse_name(std::string_view text) {
  if (text.empty()) return Fault{"must not be empty"};
  if (text.size() > kLongestName) return Fault{"must not be longer than 255 bytes"};
  if (has_control(text)) return Fault{"must not have control characters"};
  return accepted(std::string(text));
}

Parsed<std::string> parse_secret(std::string_view text) {
  if (text.empty()) return Fault{"must not be empty"};
  if (text.size() > kLongestSecret) return Fault{"must not be longer than 64 KiB"};
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos)
    return Fault{"must be one line, without NUL characters"};
  return accepted(std::string(text));
}

Parsed<std::string> parse_capability(std::string_view text) {
  constexpr std::string_view kSpecial = "(){%*\"\\]";
  if (text.empty() || text.size() > kLongestName)
    return Fault{"must have capabilities of 1 to 255 characters"};
  // POP3 has some of more words: SASL PLAIN.
  const bool blank_at_end = text.front() == ' ' || text.back() == ' ';
  std::string name;
  for (const char c : text) {
    if (blank_at_end || is_control(c) || static_cast<unsigned char>(c) >= 0x80 ||
        kSpecial.find(c) != kSpecial.npos)
      return Fault{"must have names of capabilities such as COMPRESS=DEFLATE, not " + in_quotes(text)};
    name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return accepted(std::move(name));
}

} // namespace homespool::config::schema
