// How much of a hostile message the parsers look at. Threads: values.
#pragma once

#include <cstddef>

namespace homespool::mail {

struct Limits {
  std::size_t depth = 100;               // nested parts; deeper ones are leaves
  std::size_t parts = 10'000;            // in the whole message; later ones belong to the last leaf
  std::size_t header_bytes = 10'000'000; // of one header block; the rest is still header, but not looked at
  std::size_t parameters = 1'000;        // of one Content-Type or Content-Disposition
  std::size_t addresses = 10'000;        // of one address field
};

} // namespace homespool::mail
