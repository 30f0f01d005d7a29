// The records of the spool in the order in which they were committed, for the search index to follow.
//
// Threads: one at a time; has a read-only connection to index.db of its own.
#pragma once

#include "spool/pack/pack.hpp"
#include "spool/search/search_file.hpp"

#include <memory>
#include <optional>
#include <span>

namespace homespool::spool::search {

class RecordSource {
 public:
  RecordSource(const std::filesystem::path& index, std::shared_ptr<PackReader> packs);

  struct Row {
    Fingerprint fingerprint;
    Location at;
    std::uint64_t header_size = 0;
    std::vector<mail::Part> parts;
  };
  // Records behind `after`, up to `count` and about `bytes` of messages.
  std::vector<Row> after(RecordId after, std::size_t count, std::uint64_t bytes);
  // The folded text; nothing when it cannot be read, or is more than `limit` bytes, or many before that.
  std::shared_ptr<const FoldedRecord> fold(const Row& row, std::size_t limit);

  // Is this still a record with these bytes?
  enum class Standing { same, gone, other };
  std::vector<Standing> compare(std::span<const Fingerprint> rising);
  // No record has reached this number yet.
  RecordId next_record();
  std::uint64_t count();

 private:
  std::optional<std::span<const char>> read(const Row& row);

  index::Database database_;
  std::shared_ptr<PackReader> packs_;
  std::unique_ptr<char[]> room_; // for the message that is folded
};

} // namespace homespool::spool::search
