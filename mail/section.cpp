// find_section and find_part: part specifiers to byte ranges.

#include "mail/structure.hpp"

namespace homespool::mail {

namespace {

using Parts = std::span<const Part>;

std::optional<std::size_t> nth_child(Parts parts, std::size_t parent, std::uint32_t number) {
  for (std::size_t i = parent + 1; i < parts.size(); ++i) {
    if (parts[i].parent == parent && parts[i].number == number) return i;
    if (parts[i].parent == Part::kNone || parts[i].parent < parent) break; // past the parent's parts
  }
  return std::nullopt;
}

// Part `number` of the message whose root is `root`: a child, or the one body that a plain message has.
std::optional<std::size_t> part_of_message(Parts parts, std::size_t root, std::uint32_t number) {
  if (parts[root].kind == PartKind::multipart) return nth_child(parts, root, number);
  if (number == 1) return root;
  return std::nullopt;
}

std::optional<std::size_t> step_down(Parts parts, std::size_t part, std::uint32_t number) {
  switch (parts[part].kind) {
  case PartKind::multipart:
    return nth_child(parts, part, number);
  case PartKind::message:
    if (const auto root = nth_child(parts, part, 1)) return part_of_message(parts, *root, number);
    return std::nullopt;
  case PartKind::leaf:
    break;
  }
  return std::nullopt;
}

// A multipart without parts: its structure promises an empty part 1 all the same.
std::optional<std::size_t> hollow_multipart(Parts parts, std::span<const std::uint32_t> path) {
  if (path.back() != 1) return std::nullopt;
  const auto parent = find_part(parts, path.first(path.size() - 1));
  if (!parent) return std::nullopt;
  std::size_t at = *parent;
  if (parts[at].kind == PartKind::message && at + 1 < parts.size()) ++at; // the message inside
  const bool hollow =
      parts[at].kind == PartKind::multipart && (at + 1 == parts.size() || parts[at + 1].parent != at);
  return hollow ? std::optional(at) : std::nullopt;
}

// The root of the message whose HEADER or TEXT is meant.
std::optional<std::size_t> message_root(Parts parts, std::span<const std::uint32_t> path) {
  if (path.empty()) return 0;
  const auto part = find_part(parts, path);
  if (!part || parts[*part].kind != PartKind::message) return std::nullopt;
  return nth_child(parts, *part, 1);
}

} // namespace

std::optional<std::size_t> find_part(Parts parts, std::span<const std::uint32_t> path) {
  if (parts.empty()) return std::nullopt;
  if (path.empty()) return 0;
  std::optional<std::size_t> part = part_of_message(parts, 0, path.front());
  for (const std::uint32_t number : path.subspan(1)) {
    if (!part) break;
    part = step_down(parts, *part, number);
  }
  return part;
}

std::optional<Range> find_section(Parts parts, std::span<const std::uint32_t> path, SectionKind kind) {
  if (parts.empty()) return std::nullopt;
  if (kind == SectionKind::header || kind == SectionKind::text) {
    const auto root = message_root(parts, path);
    if (!root) return std::nullopt;
    const Part& message = parts[*root];
    if (kind == SectionKind::header) return Range{message.header_begin, message.body_begin};
    return Range{message.body_begin, message.end};
  }
  if (path.empty()) {
    if (kind == SectionKind::mime) return std::nullopt;
    return Range{parts[0].header_begin, parts[0].end};
  }
  const auto part = find_part(parts, path);
  if (!part) {
    const auto hollow = hollow_multipart(parts, path);
    if (!hollow) return std::nullopt;
    return Range{parts[*hollow].end, parts[*hollow].end};
  }
  if (kind == SectionKind::mime) return Range{parts[*part].header_begin, parts[*part].body_begin};
  return Range{parts[*part].body_begin, parts[*part].end};
}

} // namespace homespool::mail
