#include "spool/search/gram_block.hpp"

#include "spool/search/posting.hpp"
#include "spool/search/wire.hpp"

namespace homespool::spool::search {

void GramBlockWriter::add(Gram gram, std::span<const std::uint32_t> members) {
  if (members.empty()) return;
  if (block_.empty()) {
    first_ = gram;
    last_ = 0;
  }
  put_number(block_, gram - last_);
  last_ = gram;
  put_postings(block_, members, universe_);
  if (block_.size() >= kBlock) finish();
}

void GramBlockWriter::finish() {
  if (block_.empty()) return;
  sink_(first_, std::move(block_));
  block_.clear();
}

GramBlockReader::Step GramBlockReader::next() {
  if (pending_ && !skip_postings(rest_)) return Step::broken;
  pending_ = false;
  if (rest_.empty()) return Step::end;
  const auto difference = take_number(rest_);
  if (!difference) return Step::broken;
  gram_ += *difference;
  pending_ = true;
  return Step::entry;
}

bool GramBlockReader::members(std::vector<std::uint32_t>& out) {
  pending_ = false;
  return take_postings(rest_, universe_, out);
}

} // namespace homespool::spool::search
