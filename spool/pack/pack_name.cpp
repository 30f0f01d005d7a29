#include "spool/pack/pack_name.hpp"

#include "spool/pack/pack.hpp"

#include <charconv>
#include <cstdio>
#include <random>

namespace homespool::spool {

std::string pack_name(std::uint32_t number) {
  const bool single = number > kFirstSingle;
  char text[32];
  std::snprintf(text, sizeof text, "%s%06u.pack", single ? "s" : "", single ? number - kFirstSingle : number);
  return text;
}

std::optional<std::uint32_t> pack_number(std::string_view name) {
  const bool single = name.starts_with('s');
  std::uint32_t number = 0;
  const char* begin = name.data() + (single ? 1 : 0);
  const auto [end, fault] = std::from_chars(begin, name.data() + name.size(), number);
  if (fault != std::errc{} || number == 0 || number >= kFirstSingle) return std::nullopt;
  if (single) number += kFirstSingle;
  if (pack_name(number) != name) return std::nullopt;
  return number;
}

std::string new_incoming_name() {
  std::random_device random;
  char text[48];
  std::snprintf(text, sizeof text, "incoming-%08x%08x.tmp", random(), random());
  return text;
}

bool is_incoming_name(std::string_view name) {
  return name.starts_with("incoming-") && name.ends_with(".tmp");
}

} // namespace homespool::spool
