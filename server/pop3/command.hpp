// One POP3 command line (RFC 1939, 2449, 5034) as a value.
//
// Pure. Not for: what the command does (server/pop3/session.hpp).
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace homespool::server::pop3 {

enum class Verb {
  capa,
  user,
  pass,
  auth,
  stls,
  quit,
  stat,
  list,
  retr,
  dele,
  noop,
  rset,
  top,
  uidl,
  unknown
};

struct Command {
  Verb verb = Verb::unknown;
  std::string_view text;               // everything after the verb and one blank
  std::optional<std::uint32_t> number; // the message, from 1: LIST, RETR, DELE, TOP, UIDL
  std::uint32_t lines = 0;             // TOP
};

// Why a line is no command: a sentence to answer with.
using ParsedCommand = boost::system::result<Command, std::string_view>;

// `line` comes without its line end.
ParsedCommand parse_command(std::string_view line);

// GET, POST and their like: somebody took the port for a web server.
bool is_http_verb(std::string_view line);

} // namespace homespool::server::pop3
