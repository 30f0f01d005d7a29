#include "spool/flags.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace homespool::spool {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 5> kSystem{{
    {"\\Answered", Flags::kAnswered},
    {"\\Flagged", Flags::kFlagged},
    {"\\Deleted", Flags::kDeleted},
    {"\\Seen", Flags::kSeen},
    {"\\Draft", Flags::kDraft},
}};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

} // namespace

bool same_keyword(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::uint64_t> system_flag(std::string_view name) {
  for (const auto& [known, bit] : kSystem) {
    if (same_keyword(known, name)) return bit;
  }
  return std::nullopt;
}

std::string flag_names(Flags flags, const std::vector<std::string>& keywords) {
  std::string names;
  const auto put = [&names](std::string_view name) {
    if (!names.empty()) names += ' ';
    names += name;
  };
  for (const auto& [name, bit] : kSystem) {
    if (flags.has(bit)) put(name);
  }
  for (std::size_t i = 0; i < keywords.size() && i < Flags::kMaxKeywords; ++i) {
    if (flags.has(std::uint64_t{1} << (Flags::kFirstKeyword + i))) put(keywords[i]);
  }
  return names;
}

} // namespace homespool::spool
