// What a POP3 server's lines say: status lines, capabilities, STAT (RFC 1939, 2449, 3206).
//
// Not for: LIST and UIDL (fetcher/pop3/listing.hpp), bodies (fetcher/pop3/body_decoder.hpp), judging refusals
// (fetcher/classify.hpp). Total: any bytes give a value. Threads: pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace homespool::fetcher {

struct Reply {
  enum class Kind { ok, err, challenge, garbage }; // challenge: "+ …" (RFC 5034)
  Kind kind = Kind::garbage;
  std::string_view code; // without brackets, of -ERR and +OK: "IN-USE"; empty: none
  std::string_view text; // what follows "+OK", "-ERR" or "+", the code included, trimmed
};

// The words are accepted in any case; "+OKfoo" is garbage.
Reply parse_reply(std::string_view line);

struct Capabilities {
  bool known = false; // the server answered CAPA
  bool stls = false, pipelining = false, top = false, uidl = false, user = false;
  bool sasl = false, sasl_plain = false;
  std::chrono::seconds login_delay{0};

  // One line of the answer.
  void add(std::string_view line);
};

struct Stat {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
};
// Of the text of STAT's answer; trailing words are ignored. Nothing when there is no count.
std::optional<Stat> parse_stat(std::string_view text);

// A number of at most 19 digits at the start of `text`, which it is removed from; nothing (and nothing
// removed) else.
std::optional<std::uint64_t> take_number(std::string_view& text);

} // namespace homespool::fetcher
