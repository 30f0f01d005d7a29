// The one way among several in which a password is given.
#include "config/password.hpp"
#include "config/schema/read.hpp"

#include <algorithm>

namespace homespool::config::schema {
namespace {

std::string one_of(std::span<const PasswordKey> keys) {
  std::string text;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) text += i + 1 == keys.size() ? " or " : ", ";
    text += keys[i].key;
  }
  return text;
}

Parsed<std::string> parse_hash(std::string_view text) {
  if (!is_password_hash(text)) return Fault{"must be what hash-password prints, whole and in quotes"};
  return accepted(std::string(text));
}

void read_one(Section& section, const PasswordKey& way, PasswordSource& out) {
  std::string text;
  out.kind = way.kind;
  switch (way.kind) {
  case PasswordSource::Kind::file:
    section.file(way.key, out.file, FileKind::password);
    break;
  case PasswordSource::Kind::command:
    section.value(way.key, out.command, parse_secret);
    break;
  case PasswordSource::Kind::hash:
    if (section.value(way.key, text, parse_hash)) out.text = Secret(std::move(text));
    break;
  case PasswordSource::Kind::clear:
    if (section.value(way.key, text, parse_secret)) out.text = Secret(std::move(text));
    break;
  case PasswordSource::Kind::none:
    break;
  }
}

} // namespace

void read_password_source(Section& section, std::span<const PasswordKey> keys, PasswordSource& out) {
  const Section::Entry* first = nullptr;
  for (const PasswordKey& way : keys) {
    const Section::Entry* entry = section.entry(way.key);
    if (entry == nullptr) continue;
    if (first == nullptr) {
      first = entry;
      read_one(section, way, out);
    } else {
      const Section::Entry* later = entry->place < first->place ? first : entry;
      section.context().report.add(later->place,
                                   "a password is given already; give exactly one of " + one_of(keys));
    }
  }
  const bool misspelt = std::any_of(keys.begin(), keys.end(),
                                    [&](const PasswordKey& way) { return section.misspelt(way.key); });
  if (first == nullptr && !misspelt)
    section.context().report.add(section.place(),
                                 "exactly one of " + one_of(keys) + " is missing in " + section.what());
}

} // namespace homespool::config::schema
