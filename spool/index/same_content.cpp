#include "spool/index/same_content.hpp"

#include "spool/incoming/likeness.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace homespool::spool::index {
namespace {

constexpr std::size_t kStep = std::size_t{256} << 10;

bool starts_with_name(std::string_view line, std::string_view name) {
  return line.size() >= name.size() &&
         std::equal(name.begin(), name.end(), line.begin(), [](char wanted, char found) {
           return wanted == (found >= 'A' && found <= 'Z' ? found + 32 : found);
         });
}

bool ignored(std::string_view line) {
  static constexpr std::array<std::string_view, 3> kWhole{"status", "x-status", "x-uidl"};
  for (const std::string_view name : kWhole) {
    if (!starts_with_name(line, name)) continue;
    const auto behind = line.find_first_not_of(" \t", name.size());
    if (behind != std::string_view::npos && line[behind] == ':') return true;
  }
  return starts_with_name(line, "x-mozilla-status");
}

boost::system::result<std::string> read_header(const Content& content) {
  std::string header(std::min(content.header_size, content.size), '\0');
  if (const auto error = content.read(0, header)) return error;
  return header;
}

bool same_body(const Content& a, const Content& b) {
  if (a.size - a.header_size != b.size - b.header_size) return false;
  std::vector<char> from_a(std::min<std::uint64_t>(kStep, a.size)), from_b(from_a.size());
  for (std::uint64_t done = 0, all = a.size - a.header_size; done < all;) {
    const std::size_t step = std::min<std::uint64_t>(from_a.size(), all - done);
    if (a.read(a.header_size + done, {from_a.data(), step})) return false;
    from_b.resize(step);
    if (b.read(b.header_size + done, {from_b.data(), step})) return false;
    if (!std::equal(from_a.begin(), from_a.begin() + static_cast<std::ptrdiff_t>(step), from_b.begin()))
      return false;
    done += step;
  }
  return true;
}

} // namespace

std::string without_ignored_fields(std::string_view header) {
  std::string kept;
  kept.reserve(header.size());
  bool skipping = false;
  while (!header.empty()) {
    const std::string_view line = header.substr(0, header.find('\n') + 1);
    const std::string_view whole = line.empty() ? header : line;
    const bool continues = whole.front() == ' ' || whole.front() == '\t';
    if (!continues) skipping = ignored(whole);
    if (!skipping) kept += whole;
    header.remove_prefix(whole.size());
  }
  return kept;
}

bool same_content(const Content& a, const Content& b) {
  if (a.size - a.header_size != b.size - b.header_size) return false;
  const auto header_a = read_header(a);
  const auto header_b = read_header(b);
  if (!header_a || !header_b) return false;
  return without_ignored_fields(*header_a) == without_ignored_fields(*header_b) && same_body(a, b);
}

bool alike(const Content& a, const Content& b) {
  if (a.size - a.header_size != b.size - b.header_size) return false;
  const auto header_a = read_header(a);
  const auto header_b = read_header(b);
  if (!header_a || !header_b) return false;
  const auto fields = telling_fields(*header_a);
  return fields && fields == telling_fields(*header_b) && same_body(a, b);
}

} // namespace homespool::spool::index
