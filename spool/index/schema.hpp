// The tables of index.db, and the steps from one version of them to the next.
//
// Threads: the writer's, at start.
#pragma once

#include "spool/index/sqlite.hpp"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace homespool::spool::index {

inline constexpr int kSchemaVersion = 2;

// What user_version says; 0 for a new file.
int schema_version(Database& database);
// Brings an index of version kSchemaVersion or older to kSchemaVersion, in one transaction.
void upgrade_schema(Database& database);
// The same, but no further than version `wanted`: what an index of that version is made of.
void upgrade_schema(Database& database, int wanted);

// The small facts of the table `meta`.
std::optional<std::string> meta(Database& database, std::string_view key);
// Nothing when it is not there, or no number.
template <class Number>
std::optional<Number> meta_number(Database& database, std::string_view key) {
  const auto text = meta(database, key);
  Number number = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), number).ec != std::errc{})
    return {};
  return number;
}
void set_meta(Database& database, std::string_view key, std::string_view value);

} // namespace homespool::spool::index
