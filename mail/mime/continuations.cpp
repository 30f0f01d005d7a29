#include "mail/mime/continuations.hpp"

#include "mail/ascii.hpp"

#include <charconv>
#include <map>
#include <optional>

namespace homespool::mail {

namespace {

// "name*12*": piece 12, its value percent-encoded.
struct PieceName {
  std::string_view name;
  unsigned number = 0;
  bool encoded = false;
};

std::optional<PieceName> piece_name(std::string_view name) {
  PieceName piece;
  piece.encoded = name.ends_with('*');
  if (piece.encoded) name.remove_suffix(1);
  const std::size_t star = name.rfind('*');
  if (star == std::string_view::npos || star == 0) return std::nullopt;
  const std::string_view digits = name.substr(star + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), piece.number);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  piece.name = name.substr(0, star);
  return piece;
}

struct Piece {
  std::size_t index; // into the parameters
  bool encoded;
};
using Pieces = std::map<unsigned, Piece>; // by number

// Appends a plain piece to an encoded value.
void append_encoded(std::string& out, std::string_view plain) {
  for (const char c : plain) {
    if (c == '%')
      out.append("%25");
    else
      out.push_back(c);
  }
}

// Joins pieces 0, 1, 2… as far as they go; the parameters that were used up are marked by an empty name.
void join(std::vector<Parameter>& parameters, std::string_view name, const Pieces& pieces) {
  if (pieces.begin()->first != 0) return;
  const bool encoded = pieces.begin()->second.encoded;
  std::size_t first = pieces.begin()->second.index;
  std::string value;
  unsigned expected = 0;
  for (const auto& [number, piece] : pieces) {
    if (number != expected++) break;
    if (encoded && !piece.encoded)
      append_encoded(value, parameters[piece.index].value);
    else
      value += parameters[piece.index].value;
    first = std::min(first, piece.index);
    parameters[piece.index].name.clear();
  }
  parameters[first] = {std::string(name) + (encoded ? "*" : ""), std::move(value)};
}

} // namespace

void join_continuations(std::vector<Parameter>& parameters) {
  std::map<std::string, Pieces> found;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (const auto piece = piece_name(parameters[i].name)) {
      found[to_ascii_lower(piece->name)].emplace(piece->number, Piece{i, piece->encoded});
    }
  }
  if (found.empty()) return;
  for (const auto& [name, pieces] : found) join(parameters, name, pieces);
  std::erase_if(parameters, [](const Parameter& parameter) { return parameter.name.empty(); });
}

} // namespace homespool::mail
