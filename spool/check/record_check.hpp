// Is a record where the index says, and whole?
//
// Threads: one owner; reads packs, writes nothing.
#pragma once

#include "spool/check/finding.hpp"
#include "spool/ids.hpp"
#include "spool/pack/pack.hpp"
#include "spool/pack/pack_files.hpp"

#include <optional>

namespace homespool::spool {

// As the index has it.
struct RecordRow {
  RecordId id;
  Location at;
  std::uint64_t header_size = 0, header_sum = 0;
  bool has_nul = false;
};
// What the index keeps of its parse; views into the row.
struct StructureRow {
  std::string_view envelope, body, bodystructure, parts;
};

class RecordCheck {
 public:
  explicit RecordCheck(const std::filesystem::path& packs);

  // The pack, the record's bounds and its header. Nothing when all is well; findings name no messages yet.
  std::optional<Finding> header(const RecordRow& row);
  // Every byte, and that parsing them gives what the index has. After header().
  std::optional<Finding> whole(const RecordRow& row, const StructureRow& structure);

 private:
  std::optional<Finding> compare(const RecordRow& row, const StructureRow& structure,
                                 std::string_view message) const;
  std::optional<Finding> read_through(const RecordRow& row);

  std::filesystem::path directory_;
  PackFiles files_;
  std::shared_ptr<PackReader> reader_;
};

} // namespace homespool::spool
