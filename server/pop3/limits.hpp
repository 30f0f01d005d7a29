// How much a POP3 client may ask of the server, each with its reason. Threads: constants.
#pragma once

#include <chrono>
#include <cstddef>

namespace homespool::server::pop3 {

// RFC 2449 section 4 allows 255 octets; some clients send more.
constexpr std::size_t kLine = 512;
// A SASL response (RFC 5034 section 4): passwords and tokens can be long.
constexpr std::size_t kSaslLine = 12'288;
// Who only talks nonsense is no mail client.
constexpr unsigned kBadCommandsBeforeLogin = 3;
constexpr unsigned kBadCommandsAfterLogin = 20;
// Guessing goes on over new connections, where the delays of the authenticator catch it.
constexpr unsigned kFailedLogins = 3;
// To be logged in.
constexpr std::chrono::seconds kBeforeLogin{60};
// RFC 1939 section 3: at least ten minutes of silence. Also how long a client may take for a piece of output.
constexpr std::chrono::minutes kIdle{10};
// Output is written out when this much is gathered, so memory stays bounded whatever the message's size.
constexpr std::size_t kOutput = 128 * 1024;
// What is read from a pack at a time.
constexpr std::size_t kRead = 64 * 1024;

} // namespace homespool::server::pop3
