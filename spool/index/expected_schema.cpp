#include "spool/index/expected_schema.hpp"

#include "spool/index/schema.hpp"

#include <map>
#include <set>

namespace homespool::spool::index {
namespace {

// By name: kind and text.
using Objects = std::map<std::string, std::pair<std::string, std::string>>;

// SQLite's own; their names cannot be taken by anybody else.
bool is_internal(std::string_view name) {
  return name == "sqlite_sequence" || name.starts_with("sqlite_stat") ||
         name.starts_with("sqlite_autoindex_");
}

Objects objects_of(Database& database) {
  Objects objects;
  Statement rows(database.handle(), "SELECT name, type, coalesce(sql, '') FROM sqlite_schema");
  while (rows.step()) {
    if (is_internal(rows.bytes(0)) && rows.bytes(1) != "trigger" && rows.bytes(1) != "view") continue;
    objects[rows.text(0)] = {rows.text(1), rows.text(2)};
  }
  return objects;
}

// Names from such a file are shown, so they are cut and cleaned.
std::string shown(std::string_view text) {
  std::string clean(text.substr(0, 60));
  for (char& c : clean)
    if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f') c = '?';
  return "'" + clean + "'";
}

} // namespace

std::optional<std::string> schema_fault(Database& database) {
  const int version = schema_version(database);
  Database ours(":memory:", Database::Access::write);
  upgrade_schema(ours, version);
  const Objects expected = objects_of(ours);
  const Objects found = objects_of(database);
  for (const auto& [name, object] : found) {
    const auto known = expected.find(name);
    if (known == expected.end())
      return "has a " + object.first + " " + shown(name) + " that homespool did not make";
    if (known->second != object)
      return "has another " + object.first + " " + shown(name) + " than homespool makes";
  }
  for (const auto& [name, object] : expected)
    if (!found.contains(name)) return "lacks the " + object.first + " " + shown(name);
  return std::nullopt;
}

} // namespace homespool::spool::index
