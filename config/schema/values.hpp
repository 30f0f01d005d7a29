// The small languages inside the settings: sizes, durations, addresses, fingerprints, folder names.
//
// Threads: pure functions. Each takes the text of one scalar and gives the value, or the end of a sentence
// that begins with the name of the key ("'poll' " + "must be ...").
#pragma once

#include "config/settings.hpp"

#include <boost/system/result.hpp>
#include <limits>
#include <string>
#include <string_view>

namespace homespool::config::schema {

struct Fault {
  std::string sentence;
};

template <class T>
using Parsed = boost::system::result<T, Fault>;

// Says which of the two it is, as a Fault can be made of a string too.
template <class T>
Parsed<T> accepted(T value) {
  return {boost::system::in_place_value, std::move(value)};
}

constexpr Bytes kLargestSize = std::numeric_limits<std::int64_t>::max();

// Digits, then nothing (bytes) or KiB, MiB, GiB, TiB. At least `least` bytes, at most `most`.
Parsed<Bytes> parse_size(std::string_view text, Bytes least, Bytes most = kLargestSize);

// Digits and one of s, m, h, d, w. Not longer than 100 years, so that adding it to a time cannot overflow.
Parsed<Seconds> parse_duration(std::string_view text, Seconds least);

// "forever", "until_deleted" or a duration, 0s included.
Parsed<KeepUpstream> parse_keep_upstream(std::string_view text);

// "192.168.0.0/16", "fd00::/8", or one address. Bits after the prefix are cleared.
Parsed<AddressRange> parse_address_range(std::string_view text);

// "127.0.0.1:110", "[::1]:143"; port 0 lets the kernel choose.
Parsed<ListenAddress> parse_listen_address(std::string_view text);

// SHA-256 in hexadecimal, "sha256:" before it and colons between bytes optional: the 32 raw bytes.
Parsed<std::string> parse_fingerprint(std::string_view text);

// Levels separated by '/', none empty, at most 255 bytes; a first level "inbox" in any case becomes "INBOX".
Parsed<std::string> parse_folder(std::string_view text);

// A host name in ASCII or an address (brackets of IPv6 are taken off).
Parsed<std::string> parse_host(std::string_view text);

// A name of a thing: not empty, at most 255 bytes, no control characters.
Parsed<std::string> parse_name(std::string_view text);

// A secret or a command: not empty, at most 64 KiB, no line ends and no NUL. The sentence never repeats it.
Parsed<std::string> parse_secret(std::string_view text);

// A capability as it stands in a CAPABILITY answer: an atom of RFC 3501, in upper case.
Parsed<std::string> parse_capability(std::string_view text);

} // namespace homespool::config::schema
