// Blocks of search.db that hold n-grams and where each is: rising n-grams as differences, each with its
// postings.
//
// Reading is total: a broken block gives nothing. Threads: values and pure functions.
#pragma once

#include "spool/search/grams.hpp"

#include <functional>
#include <string>

namespace homespool::spool::search {

// Fills blocks of about kBlock bytes and hands each on.
class GramBlockWriter {
 public:
  static constexpr std::size_t kBlock = 16 << 10;
  using Sink = std::function<void(Gram first, std::string block)>;

  GramBlockWriter(std::uint32_t universe, Sink sink) : universe_(universe), sink_(std::move(sink)) {}
  // N-grams rise; `members` are places in the run, rising.
  void add(Gram gram, std::span<const std::uint32_t> members);
  // The last block.
  void finish();

 private:
  std::uint32_t universe_;
  Sink sink_;
  std::string block_;
  Gram first_ = 0, last_ = 0;
};

// Walks over a block.
class GramBlockReader {
 public:
  GramBlockReader(std::string_view block, std::uint32_t universe) : rest_(block), universe_(universe) {}

  enum class Step { entry, end, broken };
  // The next n-gram; its postings are read or passed over before the one after it.
  Step next();
  Gram gram() const { return gram_; }
  // Appends them; false when broken.
  bool members(std::vector<std::uint32_t>& out);

 private:
  std::string_view rest_;
  std::uint32_t universe_;
  Gram gram_ = 0;
  bool pending_ = false; // the postings of gram_ stand next
};

} // namespace homespool::spool::search
