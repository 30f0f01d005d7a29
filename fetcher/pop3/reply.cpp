#include "fetcher/pop3/reply.hpp"

#include "mail/ascii.hpp"

namespace homespool::fetcher {
namespace {

using mail::equals_ignoring_case;
using mail::trim_spaces;

// "word" at the start, followed by a space or the end; it is removed then.
bool take_word(std::string_view& line, std::string_view word) {
  if (!equals_ignoring_case(line.substr(0, word.size()), word)) return false;
  if (line.size() > word.size() && !mail::is_space(line[word.size()])) return false;
  line.remove_prefix(word.size());
  return true;
}

std::string_view code_of(std::string_view text) {
  if (text.empty() || text.front() != '[') return {};
  const std::size_t end = text.find(']');
  return end == std::string_view::npos ? std::string_view() : text.substr(1, end - 1);
}

std::string_view next_word(std::string_view& line) {
  line = trim_spaces(line);
  const std::size_t end = line.find_first_of(" \t");
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(word.size());
  return word;
}

} // namespace

Reply parse_reply(std::string_view line) {
  Reply reply;
  std::string_view rest = line;
  if (take_word(rest, "+OK")) {
    reply.kind = Reply::Kind::ok;
  } else if (take_word(rest, "-ERR")) {
    reply.kind = Reply::Kind::err;
  } else if (take_word(rest, "+")) {
    reply.kind = Reply::Kind::challenge;
  } else {
    reply.text = line;
    return reply;
  }
  reply.text = trim_spaces(rest);
  if (reply.kind != Reply::Kind::challenge) reply.code = code_of(reply.text);
  return reply;
}

void Capabilities::add(std::string_view line) {
  const std::string_view name = next_word(line);
  if (equals_ignoring_case(name, "STLS")) stls = true;
  if (equals_ignoring_case(name, "PIPELINING")) pipelining = true;
  if (equals_ignoring_case(name, "TOP")) top = true;
  if (equals_ignoring_case(name, "UIDL")) uidl = true;
  if (equals_ignoring_case(name, "USER")) user = true;
  if (equals_ignoring_case(name, "SASL")) {
    sasl = true;
    while (!trim_spaces(line).empty()) {
      if (equals_ignoring_case(next_word(line), "PLAIN")) sasl_plain = true;
    }
  }
  if (equals_ignoring_case(name, "LOGIN-DELAY")) {
    line = trim_spaces(line);
    const auto number = take_number(line);
    if (number && *number <= 86'400) login_delay = std::chrono::seconds(*number);
  }
}

std::optional<Stat> parse_stat(std::string_view text) {
  const auto messages = take_number(text);
  if (!messages) return std::nullopt;
  text = trim_spaces(text);
  Stat stat;
  stat.messages = *messages;
  stat.bytes = take_number(text).value_or(0);
  return stat;
}

std::optional<std::uint64_t> take_number(std::string_view& text) {
  constexpr std::size_t kDigits = 19; // always fits into 64 bits
  std::uint64_t value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && mail::is_digit(text[digits])) {
    if (digits == kDigits) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(text[digits] - '0');
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

} // namespace homespool::fetcher
