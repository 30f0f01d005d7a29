#include "server/pop3/command.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace homespool::server::pop3 {
namespace {

struct Name {
  std::string_view name;
  Verb verb;
};
constexpr std::array<Name, 14> kNames{{{"CAPA", Verb::capa},
                                       {"USER", Verb::user},
                                       {"PASS", Verb::pass},
                                       {"AUTH", Verb::auth},
                                       {"STLS", Verb::stls},
                                       {"QUIT", Verb::quit},
                                       {"STAT", Verb::stat},
                                       {"LIST", Verb::list},
                                       {"RETR", Verb::retr},
                                       {"DELE", Verb::dele},
                                       {"NOOP", Verb::noop},
                                       {"RSET", Verb::rset},
                                       {"TOP", Verb::top},
                                       {"UIDL", Verb::uidl}}};

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool same_word(std::string_view a, std::string_view upper_case) {
  return std::equal(a.begin(), a.end(), upper_case.begin(), upper_case.end(),
                    [](char x, char y) { return upper(x) == y; });
}

std::string_view next_word(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') {
    text.remove_prefix(1);
  }
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

std::optional<std::uint32_t> number_of(std::string_view word) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc{} || end != word.data() + word.size()) {
    return std::nullopt;
  }
  return number;
}

enum class Wants { nothing, maybe_message, message, message_and_lines, text };

Wants wants(Verb verb) {
  switch (verb) {
  case Verb::list:
  case Verb::uidl:
    return Wants::maybe_message;
  case Verb::retr:
  case Verb::dele:
    return Wants::message;
  case Verb::top:
    return Wants::message_and_lines;
  case Verb::user:
  case Verb::pass:
  case Verb::auth:
    return Wants::text;
  default:
    return Wants::nothing;
  }
}

ParsedCommand parse_numbers(Command command, Wants wanted) {
  std::string_view rest = command.text;
  const std::string_view message = next_word(rest);
  const std::string_view lines = next_word(rest);
  if (!next_word(rest).empty() || (!lines.empty() && wanted != Wants::message_and_lines)) {
    return "too many arguments";
  }
  if (message.empty()) {
    if (wanted == Wants::maybe_message) {
      return command;
    }
    return "the number of a message is missing";
  }
  command.number = number_of(message);
  if (!command.number) {
    return "that is no message number";
  }
  if (wanted == Wants::message_and_lines) {
    const auto count = number_of(lines);
    if (!count) {
      return "TOP needs a number of lines";
    }
    command.lines = *count;
  }
  return command;
}

} // namespace

ParsedCommand parse_command(std::string_view line) {
  std::string_view rest = line;
  const std::string_view word = next_word(rest);
  Command command;
  const auto* const known = std::find_if(kNames.begin(), kNames.end(),
                                         [word](const Name& name) { return same_word(word, name.name); });
  if (known == kNames.end()) {
    return "unknown command";
  }
  command.verb = known->verb;
  command.text = rest.empty() ? rest : rest.substr(1);
  switch (const Wants wanted = wants(command.verb); wanted) {
  case Wants::text:
    return command;
  case Wants::nothing:
    if (!next_word(rest).empty()) {
      return "this command has no arguments";
    }
    return command;
  default:
    return parse_numbers(command, wanted);
  }
}

bool is_http_verb(std::string_view line) {
  const std::string_view word = next_word(line);
  constexpr std::array<std::string_view, 7> kHttp{"GET",    "POST",    "HEAD",   "PUT",
                                                  "DELETE", "OPTIONS", "CONNECT"};
  return std::find(kHttp.begin(), kHttp.end(), word) != kHttp.end();
}

} // namespace homespool::server::pop3
