// One map of the settings file while it is read: its keys, found by name, each fault reported at its place.
//
// For: the readers of the schema. Not for: what a value means; that is the parser's that is passed in.
// Threads: one loading owns it.
#pragma once

#include "config/schema/context.hpp"
#include "config/schema/values.hpp"

#include <array>
#include <optional>
#include <span>

namespace homespool::config::schema {

template <class T>
struct Choice {
  std::string_view word;
  T value;
};

class Section {
 public:
  struct Entry {
    std::string_view key;
    Place place; // of the key
    const Element* value;
  };

  // Reports unknown and duplicate keys, and keys without a value. `what` names the section in sentences:
  // "this user".
  Section(Context& context, const Element& map, std::string what, std::span<const std::string_view> keys);

  Place place() const { return place_; }
  Context& context() const { return context_; }
  const std::string& what() const { return what_; }

  // Null when the key is absent or was reported.
  const Entry* find(std::string_view key) const;

  // The same, but finds a key without a value too.
  const Entry* entry(std::string_view key) const;
  // True when an unknown key of this section probably stands for `key`.
  bool misspelt(std::string_view key) const;

  // Reports the key when the section lacks it; not when it was reported as misspelt.
  void require(std::string_view key);

  // Each reads a key that may be absent; false when it was absent or bad (and reported), and `out` is as
  // before.
  template <class T, class Parser>
  bool value(std::string_view key, T& out, Parser parse) {
    const Entry* entry = find(key);
    const Element* node = entry == nullptr ? nullptr : scalar(*entry);
    if (node == nullptr) return false;
    auto parsed = parse(std::string_view(node->text));
    if (parsed.has_error()) return fault(*entry, parsed.error().sentence);
    out = *std::move(parsed);
    return true;
  }

  template <class T, std::size_t N>
  bool choice(std::string_view key, T& out, const std::array<Choice<T>, N>& choices) {
    return value(key, out, [&](std::string_view text) -> Parsed<T> {
      std::array<std::string_view, N> words;
      for (std::size_t i = 0; i < N; ++i) words[i] = choices[i].word;
      const std::size_t chosen = pick(text, words);
      if (chosen == N) return not_among(text, words);
      return choices[chosen].value;
    });
  }

  bool size(std::string_view key, Bytes& out, Bytes least, Bytes most = kLargestSize);
  bool duration(std::string_view key, Seconds& out, Seconds least);
  bool boolean(std::string_view key, bool& out);
  bool number(std::string_view key, std::uint16_t& out, std::uint16_t least);
  bool path(std::string_view key, std::filesystem::path& out);
  // The same, of a file that must be there and be fit for its kind.
  bool file(std::string_view key, std::filesystem::path& out, FileKind kind);

  // The map under a key; null when absent or bad.
  const Element* map(std::string_view key);
  // The items of the list under a key, none of them empty; nothing when absent or bad.
  std::optional<std::vector<const Element*>> list(std::string_view key);

  // Reads a list of scalars, each with the parser. False when the key is absent; bad items are reported and
  // left out.
  template <class T, class Parser>
  bool values(std::string_view key, std::vector<T>& out, Parser parse) {
    const auto items = list(key);
    if (!items) return false;
    for (const Element* item : *items) {
      auto parsed =
          item->kind == Element::Kind::scalar ? parse(std::string_view(item->text)) : Parsed<T>(not_scalar());
      if (parsed.has_error()) {
        context_.report.add(item->place, "'" + std::string(key) + "' " + parsed.error().sentence);
      } else {
        out.push_back(*std::move(parsed));
      }
    }
    return true;
  }

  // "'KEY' SENTENCE" at the place of the value; always false.
  bool fault(const Entry& entry, const std::string& sentence);

 private:
  void take(const Element& key, const Element& value, std::span<const std::string_view> keys);
  void unknown(const Element& key, std::span<const std::string_view> keys);
  const Element* scalar(const Entry& entry);
  static Fault not_scalar() { return {"must have single values"}; }
  static std::size_t pick(std::string_view text, std::span<const std::string_view> words);
  static Fault not_among(std::string_view text, std::span<const std::string_view> words);

  Context& context_;
  Place place_;
  std::string what_;
  std::vector<Entry> entries_;
  std::vector<std::string_view> meant_; // keys that misspelt ones stand for
};

} // namespace homespool::config::schema
