// A YAML text as a tree whose every node knows its place in the file.
//
// For: the readers of the schema, which need places, duplicate keys and the difference between 995 and "995".
// Not for: knowing what a settings file may say. The tree is bounded: aliases are kept as links, never
// unfolded. Threads: values.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace homespool::config::schema {

// Counted from 1; columns count characters.
struct Place {
  int line = 1;
  int column = 1;

  auto operator<=>(const Place&) const = default; // NOLINT(modernize-use-nullptr): a false alarm
};

struct Element {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  bool quoted = false;
  Place place;
  std::string text;                  // of a scalar; wiped by nobody: it lives as long as loading takes
  std::vector<std::size_t> children; // of a list: its items; of a map: key, value, key, value
};

struct Document {
  std::vector<Element> nodes; // nodes[0] is the root; empty for an empty text
};

struct DocumentLimits {
  std::size_t bytes = std::size_t{1} << 20; // a home has a few hundred accounts at most
  std::size_t nodes = 100'000;
};

struct SyntaxFault {
  Place place;
  std::string sentence;
};

// Total: any bytes give a tree or the first fault. Control characters and broken UTF-8 are faults, and so is
// a second document in the text.
boost::system::result<Document, SyntaxFault> parse_document(std::string_view text,
                                                            const DocumentLimits& limits);

} // namespace homespool::config::schema
