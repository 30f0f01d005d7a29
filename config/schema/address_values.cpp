// Addresses, hosts and fingerprints.
#include "config/schema/characters.hpp"
#include "config/schema/values.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <optional>

namespace homespool::config::schema {
namespace {

constexpr unsigned kMappedBits = 96; // ::ffff:0:0/96

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool v4 = false;
};

std::optional<Address> parse_address(std::string_view text) {
  const std::string z(text);
  if (z.size() != std::char_traits<char>::length(z.c_str())) return std::nullopt;
  Address address;
  if (inet_pton(AF_INET6, z.c_str(), address.bytes.data()) == 1) return address;
  if (inet_pton(AF_INET, z.c_str(), address.bytes.data() + 12) != 1) return std::nullopt;
  address.bytes[10] = address.bytes[11] = 0xff;
  address.v4 = true;
  return address;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string canonical(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (address.v4) {
    inet_ntop(AF_INET, address.bytes.data() + 12, buffer.data(), buffer.size());
  } else {
    inet_ntop(AF_INET6, address.bytes.data(), buffer.data(), buffer.size());
  }
  return buffer.data();
}

void clear_after(std::array<std::uint8_t, 16>& bytes, unsigned prefix) {
  for (unsigned i = 0; i < bytes.size(); ++i) {
    const unsigned kept = prefix > 8 * i ? std::min(prefix - 8 * i, 8U) : 0;
    bytes[i] = static_cast<std::uint8_t>(bytes[i] & (0xff00U >> kept));
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool starts_with_sha256(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  return text.size() >= kPrefix.size() &&
         std::equal(kPrefix.begin(), kPrefix.end(), text.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
         });
}

// "host:port" and "[host]:port" in two, or nothing.
std::optional<std::pair<std::string_view, std::string_view>> split_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (bracketed != (host.find(':') != host.npos)) return std::nullopt;
  return std::pair{host, text.substr(colon + 1)};
}

} // namespace

Parsed<AddressRange> parse_address_range(std::string_view text) {
  const Fault fault{"must have address ranges such as 192.168.0.0/16 or fd00::/8, not " + in_quotes(text)};
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return fault;
  const unsigned most = address->v4 ? 32 : 128;
  unsigned prefix = most;
  if (slash != text.npos) {
    const auto given = parse_number<unsigned>(text.substr(slash + 1));
    if (!given || *given > most) return fault;
    prefix = *given;
  }
  AddressRange range{address->bytes, address->v4 ? kMappedBits + prefix : prefix};
  clear_after(range.address, range.prefix);
  return range;
}

Parsed<ListenAddress> parse_listen_address(std::string_view text) {
  const Fault fault{"must have an address and a port such as 127.0.0.1:143 or [::1]:143, not " +
                    in_quotes(text)};
  const auto parts = split_port(text);
  if (!parts) return fault;
  const auto address = parse_address(parts->first);
  const auto port = parse_number<std::uint16_t>(parts->second);
  if (!address || !port) return fault;
  return ListenAddress{canonical(*address), *port};
}

Parsed<std::string> parse_fingerprint(std::string_view text) {
  const Fault fault{"must be sha256: and 64 hexadecimal digits, not " + in_quotes(text)};
  if (starts_with_sha256(text)) text.remove_prefix(7);
  std::string raw;
  while (!text.empty()) {
    if (!raw.empty() && text.front() == ':') text.remove_prefix(1);
    if (text.size() < 2 || hex_digit(text[0]) < 0 || hex_digit(text[1]) < 0) return fault;
    raw += static_cast<char>(hex_digit(text[0]) * 16 + hex_digit(text[1]));
    text.remove_prefix(2);
  }
  if (raw.size() != 32) return fault;
  return accepted(raw);
}

Parsed<std::string> parse_host(std::string_view text) {
  const Fault fault{"must be a host name in ASCII or an address, not " + in_quotes(text)};
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  if (text.find(':') != text.npos) {
    if (!parse_address(text)) return fault;
    return accepted(std::string(text));
  }
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
  const bool shaped =
      !text.empty() && text.size() <= 253 && text.front() != '.' && text.find("..") == text.npos;
  if (!plain || !shaped) return fault;
  return accepted(std::string(text));
}

} // namespace homespool::config::schema
