// What went wrong with an account, in the words that status shows.
//
// For: classification, backoff, health and everybody who shows them. Threads: values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace homespool::fetcher {

enum class FailureClass { busy, rate, temporary, network, login, tls, permanent, message, local };
enum class Step { resolve, connect, tls, greeting, capabilities, login, listing, retrieve, remove, quit };

// "busy", "rate", …
std::string_view word(FailureClass value);
std::optional<FailureClass> failure_class(std::string_view word);
// "resolve", …; Step::remove is "delete".
std::string_view word(Step value);
std::optional<Step> step(std::string_view word);

inline constexpr const char* kNoRoom = "the disk of the spool is full, or has less free than minimum_free";

struct Failure {
  FailureClass kind = FailureClass::temporary;
  Step step = Step::connect;
  std::string text;           // for a person; words from outside are escaped and at most 500 bytes
  std::uint32_t count = 1;    // in a row
  bool login_said_so = false; // kind login: the server named the credentials as the reason (RFC 3206 [AUTH])
  std::chrono::seconds suggested{0}; // kind rate: the wait the server asked for; 0: none
  bool wait_by_code = false;         // kind rate: [LOGIN-DELAY] said so; else the wait was read from words
  bool pauses = false; // kind local: the spool cannot take mail (the disk is full); no account's fault
};

} // namespace homespool::fetcher
