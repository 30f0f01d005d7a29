#include "spool/checksum.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <xxhash.h>

namespace homespool::spool {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool starts_with_name(std::string_view line, std::string_view lower_name) {
  return line.size() >= lower_name.size() && std::equal(lower_name.begin(), lower_name.end(), line.begin(),
                                                        [](char name, char c) { return name == lower(c); });
}

// A header line that servers rewrite.
bool is_rewritten(std::string_view line) {
  const char first = line.empty() ? '\0' : lower(line.front());
  if (first != 's' && first != 'x') return false;
  if (starts_with_name(line, "x-mozilla-status")) return line.find(':') != line.npos;
  static constexpr std::array<std::string_view, 3> kNames = {"status", "x-status", "x-uidl"};
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view name) {
    if (!starts_with_name(line, name)) return false;
    const auto colon = line.find_first_not_of(" \t", name.size());
    return colon != line.npos && line[colon] == ':';
  });
}

ContentHash from(XXH128_hash_t hash) {
  return {hash.high64, hash.low64};
}

std::size_t line_end(std::string_view text, std::size_t begin, std::size_t limit) {
  const auto lf = text.find('\n', begin);
  return lf >= limit ? limit : lf + 1;
}

// The first rewritten line at or after `begin`, with its continuation lines.
struct Lines {
  std::size_t begin, end;
};
Lines next_rewritten(std::string_view message, std::size_t begin, std::size_t header_size) {
  while (begin < header_size) {
    auto end = line_end(message, begin, header_size);
    if (is_rewritten(message.substr(begin, end - begin))) {
      while (end < header_size && (message[end] == ' ' || message[end] == '\t'))
        end = line_end(message, end, header_size);
      return {begin, end};
    }
    begin = end;
  }
  return {message.size(), message.size()};
}

} // namespace

std::uint64_t checksum(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

ContentHash content_hash(std::string_view message, std::size_t header_size, std::uint64_t seed) {
  header_size = std::min(header_size, message.size());
  Lines skip = next_rewritten(message, 0, header_size);
  if (skip.begin == message.size()) return from(XXH3_128bits_withSeed(message.data(), message.size(), seed));
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(),
                                                                              XXH3_freeState);
  if (!state) throw std::bad_alloc();
  XXH3_128bits_reset_withSeed(state.get(), seed);
  std::size_t begin = 0;
  while (begin < message.size()) {
    XXH3_128bits_update(state.get(), message.data() + begin, skip.begin - begin);
    begin = skip.end;
    skip = next_rewritten(message, begin, header_size);
  }
  return from(XXH3_128bits_digest(state.get()));
}

} // namespace homespool::spool
