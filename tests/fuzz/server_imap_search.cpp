// SEARCH: keys up to the first line end are asked of the message behind it.

#include "server/imap/grammar/parser.hpp"
#include "server/imap/search/search.hpp"

#include <cstdint>
#include <cstdlib>

using namespace homespool;
using namespace homespool::server::imap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t newline = std::min(bytes.find('\n'), size);
  const auto parsed = parse_command("a SEARCH " + std::string(bytes.substr(0, newline)), {});
  if (parsed.command.has_error()) return 0;
  const auto& search = std::get<command::Search>(*parsed.command);
  const auto matcher = Matcher::prepare(search, {5, 9, nullptr}, std::chrono::sys_seconds{});
  if (matcher.has_error()) return 0;

  const std::string_view message = bytes.substr(std::min(newline + 1, size));
  spool::Message known;
  spool::MessageDetails details;
  details.parts = mail::parse_structure(message).parts;
  details.header_size = static_cast<std::uint32_t>(details.parts.at(0).body_begin);
  SearchSubject subject;
  subject.message = &known;
  if (matcher->match(subject) > matcher->most()) std::abort();
  subject.details = &details;
  subject.bytes = message;
  if (matcher->match(subject) > Verdict::yes) std::abort();
  return 0;
}
