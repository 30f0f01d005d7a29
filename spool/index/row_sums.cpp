#include "spool/index/row_sums.hpp"

#include "spool/checksum.hpp"

#include <array>
#include <cstring>

namespace homespool::spool::index {
namespace {

// Never the 0 that stands for none.
std::int64_t kept(std::uint64_t sum) {
  return sum == 0 ? 1 : static_cast<std::int64_t>(sum);
}

} // namespace

std::int64_t row_sum(const RecordFacts& facts) {
  const std::array<std::uint64_t, 5> numbers = {static_cast<std::uint64_t>(facts.record.value), facts.size,
                                                facts.header_size, facts.header_sum,
                                                facts.has_nul ? std::uint64_t{1} : std::uint64_t{0}};
  std::string_view bytes(reinterpret_cast<const char*>(numbers.data()), sizeof numbers);
  return kept(checksum(bytes, 1));
}

std::int64_t row_sum(RecordId record, const StructureColumns& columns) {
  auto sum = static_cast<std::uint64_t>(record.value);
  for (const auto column : {columns.envelope, columns.body, columns.bodystructure, columns.parts})
    sum = checksum(column, sum);
  return kept(sum);
}

} // namespace homespool::spool::index
