#include "spool/incoming/likeness.hpp"

#include "mail/header.hpp"
#include "spool/checksum.hpp"
#include "spool/flags.hpp"

#include <algorithm>
#include <array>

namespace homespool::spool {

std::optional<std::string> telling_fields(std::string_view header) {
  static constexpr std::array<std::string_view, 4> kNames = {"message-id", "from", "date", "subject"};
  std::array<std::optional<std::string>, kNames.size()> values;
  mail::HeaderReader reader(header);
  for (mail::HeaderField field; reader.next(field);) {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (!values[i] && same_keyword(field.name, kNames[i])) values[i] = mail::unfold_text(field.value);
    }
    if (std::all_of(values.begin(), values.end(), [](const auto& value) { return value.has_value(); })) break;
  }
  if (!values.front() || values.front()->empty()) return std::nullopt;
  std::string fields;
  for (const auto& value : values) fields += value.value_or("") + "\n";
  return fields;
}

std::optional<std::uint64_t> likeness(std::string_view message, std::size_t header_size, std::uint64_t seed) {
  header_size = std::min(header_size, message.size());
  const auto fields = telling_fields(message.substr(0, header_size));
  if (!fields) return std::nullopt;
  return checksum(message.substr(header_size), checksum(*fields, seed));
}

} // namespace homespool::spool
