// Wins back the space of records that were given up: packs with much dead space are rewritten, packs of
// nothing else removed, while everything is served.
//
// A step copies at most kBytesATurn of records, each checked, to the pack that is written to: bytes to disk,
// then one index transaction with their new places. The file goes after that transaction, in a step of its
// own; who has it open reads on. A record that fails its checksum stays where it is, and with it its pack.
// After a crash at any point the next start goes on. Threads: the writer's, within its transaction.
#pragma once

#include "spool/store/books.hpp"

#include <set>

namespace homespool::spool {

enum class Left { nothing, more };

struct PackSpace {
  std::uint32_t pack = 0;
  std::uint64_t size = 0; // of the file
  std::uint64_t dead = 0; // bytes of it that no record names
};
// Copying costs at most as much as is won.
bool worth_rewriting(const PackSpace& space);

void add_dead_space(Books& books, std::uint32_t pack, std::uint64_t bytes);

class DeadSpace {
 public:
  static constexpr std::uint64_t kBytesATurn = std::uint64_t{1} << 20;
  static constexpr std::size_t kRecordsATurn = 256;

  // One step. `damaged` gets records that could not be copied.
  Result<Left> step(Books& books, std::vector<RecordId>& damaged);

 private:
  // Packs that no row names; nothing while somebody copies packs (spool/copy/pack_pin.hpp).
  Result<Left> remove_empty(Books& books);
  std::optional<std::uint32_t> choose(Books& books);
  Result<Left> rewrite(Books& books, std::uint32_t pack, std::vector<RecordId>& damaged);

  // Where copying goes on after records that have to stay. In memory only: a start looks at them again.
  std::map<std::uint32_t, std::uint64_t> passed_over_;
  std::set<std::uint32_t> left_as_they_are_;
};

} // namespace homespool::spool
