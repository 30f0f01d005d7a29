// The valid word that was probably meant by a misspelt one.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace homespool::config::schema {

struct Suggestion {
  std::string_view word; // one of the candidates; empty when there are none
  bool close = false;    // few enough slips that it is surely the one meant
};

// By edit distance with transpositions, letter case ignored. Time: candidates x their length x at most 64.
Suggestion nearest(std::string_view word, std::span<const std::string_view> candidates);

} // namespace homespool::config::schema
