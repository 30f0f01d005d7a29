// Keys of one map, and the sorts of values they hold.
#include "config/schema/section.hpp"

#include "config/schema/characters.hpp"
#include "config/schema/suggestion.hpp"

#include <algorithm>
#include <charconv>

namespace homespool::config::schema {
namespace {

const char* name_of(Element::Kind kind) {
  switch (kind) {
  case Element::Kind::list:
    return "a list";
  case Element::Kind::map:
    return "a group of keys";
  case Element::Kind::scalar:
    return "a single value";
  case Element::Kind::null:
    break;
  }
  return "empty";
}

} // namespace

Section::Section(Context& context, const Element& map, std::string what,
                 std::span<const std::string_view> keys)
    : context_(context), place_(map.place), what_(std::move(what)) {
  const auto& children = map.children;
  for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
    const Element& key = context.document.nodes[children[i]];
    if (!context.visit(key.place)) return;
    take(key, context.document.nodes[children[i + 1]], keys);
  }
}

void Section::take(const Element& key, const Element& value, std::span<const std::string_view> keys) {
  const auto known = std::find(keys.begin(), keys.end(), key.text);
  if (key.kind != Element::Kind::scalar || known == keys.end()) return unknown(key, keys);
  const auto first =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.key == *known; });
  if (first != entries_.end()) {
    context_.report.add(key.place, "the key '" + std::string(*known) + "' is given already in line " +
                                       std::to_string(first->place.line));
  } else {
    entries_.push_back({*known, key.place, &value});
    if (value.kind == Element::Kind::null)
      context_.report.add(key.place,
                          "'" + std::string(*known) + "' has no value; give it one or leave the key out");
  }
}

void Section::unknown(const Element& key, std::span<const std::string_view> keys) {
  if (key.kind != Element::Kind::scalar) return context_.report.add(key.place, "a key must be a single word");
  const Suggestion suggestion = nearest(key.text, keys);
  if (suggestion.close) meant_.push_back(suggestion.word);
  context_.report.add(key.place, "unknown key " + in_quotes(key.text) + ", did you mean '" +
                                     std::string(suggestion.word) + "'?");
}

const Section::Entry* Section::entry(std::string_view key) const {
  for (const Entry& entry : entries_)
    if (entry.key == key) return &entry;
  return nullptr;
}

const Section::Entry* Section::find(std::string_view key) const {
  const Entry* found = entry(key);
  return found == nullptr || found->value->kind == Element::Kind::null ? nullptr : found;
}

bool Section::misspelt(std::string_view key) const {
  return std::find(meant_.begin(), meant_.end(), key) != meant_.end();
}

void Section::require(std::string_view key) {
  if (entry(key) != nullptr || misspelt(key)) return;
  context_.report.add(place_, "the key '" + std::string(key) + "' is missing in " + what_);
}

bool Section::fault(const Entry& entry, const std::string& sentence) {
  context_.report.add(entry.value->place, "'" + std::string(entry.key) + "' " + sentence);
  return false;
}

const Element* Section::scalar(const Entry& entry) {
  if (entry.value->kind == Element::Kind::scalar) return entry.value;
  fault(entry, std::string("must be a single value, not ") + name_of(entry.value->kind));
  return nullptr;
}

const Element* Section::map(std::string_view key) {
  const Entry* entry = find(key);
  if (entry == nullptr || entry->value->kind == Element::Kind::map)
    return entry == nullptr ? nullptr : entry->value;
  fault(*entry, std::string("must be a group of keys, not ") + name_of(entry->value->kind));
  return nullptr;
}

std::optional<std::vector<const Element*>> Section::list(std::string_view key) {
  const Entry* entry = find(key);
  if (entry == nullptr) return std::nullopt;
  if (entry->value->kind != Element::Kind::list) {
    fault(*entry, std::string("must be a list, not ") + name_of(entry->value->kind));
    return std::nullopt;
  }
  std::vector<const Element*> items;
  for (const std::size_t child : entry->value->children) {
    const Element& item = context_.document.nodes[child];
    if (!context_.visit(item.place)) break;
    if (item.kind != Element::Kind::null) {
      items.push_back(&item);
    } else {
      context_.report.add(entry->place, "'" + std::string(key) + "' has an empty item");
    }
  }
  return items;
}

bool Section::size(std::string_view key, Bytes& out, Bytes least, Bytes most) {
  return value(key, out, [&](std::string_view text) { return parse_size(text, least, most); });
}

bool Section::duration(std::string_view key, Seconds& out, Seconds least) {
  return value(key, out, [&](std::string_view text) { return parse_duration(text, least); });
}

bool Section::boolean(std::string_view key, bool& out) {
  const Entry* entry = find(key);
  const Element* node = entry == nullptr ? nullptr : scalar(*entry);
  if (node == nullptr) return false;
  const std::string& text = node->text;
  const bool yes = text == "true" || text == "True" || text == "TRUE";
  const bool no = text == "false" || text == "False" || text == "FALSE";
  if (node->quoted || yes == no) return fault(*entry, "must be true or false, not " + in_quotes(text));
  out = yes;
  return true;
}

bool Section::number(std::string_view key, std::uint16_t& out, std::uint16_t least) {
  const Entry* entry = find(key);
  const Element* node = entry == nullptr ? nullptr : scalar(*entry);
  if (node == nullptr) return false;
  const char* end = node->text.data() + node->text.size();
  std::uint16_t number = 0;
  const auto [last, error] = std::from_chars(node->text.data(), end, number);
  if (node->quoted || error != std::errc{} || last != end || number < least)
    return fault(*entry, "must be a number from " + std::to_string(least) + " to 65535, not " +
                             in_quotes(node->text));
  out = number;
  return true;
}

bool Section::path(std::string_view key, std::filesystem::path& out) {
  return value(key, out, [&](std::string_view text) -> Parsed<std::filesystem::path> {
    if (text.empty()) return Fault{"must not be empty"};
    if (has_control(text)) return Fault{"must not have control characters"};
    return accepted((context_.directory / text).lexically_normal());
  });
}

bool Section::file(std::string_view key, std::filesystem::path& out, FileKind kind) {
  if (!path(key, out)) return false;
  const auto bad = context_.check_file(out, kind);
  return bad ? fault(*find(key), "names a file that cannot be used: " + *bad) : true;
}

std::size_t Section::pick(std::string_view text, std::span<const std::string_view> words) {
  return static_cast<std::size_t>(std::find(words.begin(), words.end(), text) - words.begin());
}

Fault Section::not_among(std::string_view text, std::span<const std::string_view> words) {
  std::string sentence = "must be ";
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) sentence += i + 1 == words.size() ? " or " : ", ";
    sentence += words[i];
  }
  sentence += ", not " + in_quotes(text);
  const Suggestion suggestion = nearest(text, words);
  if (suggestion.close) sentence += "; did you mean '" + std::string(suggestion.word) + "'?";
  return {sentence};
}

} // namespace homespool::config::schema
