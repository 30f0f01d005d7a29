#include "spool/check/record_rows.hpp"

#include <limits>

namespace homespool::spool {

RecordRow record_row(const index::Statement& row) {
  RecordRow record;
  record.id = RecordId{row.integer(0)};
  const std::int64_t pack = row.integer(1);
  if (pack > 0 && pack <= std::numeric_limits<std::uint32_t>::max())
    record.at.pack = static_cast<std::uint32_t>(pack);
  record.at.offset = static_cast<std::uint64_t>(row.integer(2));
  record.at.body = static_cast<std::uint64_t>(row.integer(3));
  record.at.size = static_cast<std::uint64_t>(row.integer(4));
  record.header_size = static_cast<std::uint64_t>(row.integer(5));
  record.header_sum = static_cast<std::uint64_t>(row.integer(6));
  record.has_nul = row.integer(7) != 0;
  return record;
}

StructureRow structure_row(const index::Statement& row) {
  return {row.bytes(0), row.bytes(1), row.bytes(2), row.bytes(3)};
}

} // namespace homespool::spool
