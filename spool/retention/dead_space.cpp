#include "spool/retention/dead_space.hpp"

#include "spool/copy/pack_pin.hpp"
#include "spool/pack/pack_name.hpp"
#include "spool/retention/moved_record.hpp"
#include "spool/store/pack_end.hpp"

namespace homespool::spool {

using boost::system::error_code;
using index::Use;

namespace {

constexpr std::uint64_t kLeast = 64 << 10; // dead bytes; for less nothing is copied

std::uint64_t file_size(Books& books, std::uint32_t pack) {
  std::error_code error;
  const auto path = books.settings().directory / "packs" / pack_name(pack);
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

bool is_empty(Books& books, std::uint32_t pack) {
  Use find(books.prepare("SELECT 1 FROM record WHERE pack=:pack LIMIT 1"));
  find->bind(":pack", pack);
  return !find->step();
}

std::vector<PackSpace> packs_with_dead_space(Books& books) {
  std::vector<PackSpace> packs;
  Use rows(books.prepare("SELECT pack, bytes FROM dead_space ORDER BY bytes DESC"));
  while (rows->step()) {
    PackSpace space;
    space.pack = static_cast<std::uint32_t>(rows->integer(0));
    space.dead = static_cast<std::uint64_t>(rows->integer(1));
    packs.push_back(space);
  }
  return packs;
}

// The pack that is written to cannot be rewritten or removed: the next record begins another.
error_code leave(Books& books, std::uint32_t pack) {
  if (books.packs().mark().pack != pack) return {};
  if (const auto error = books.packs().seal()) return error;
  books.packs_written();
  note_end_of_packs(books);
  return {};
}

} // namespace

bool worth_rewriting(const PackSpace& space) {
  return space.pack <= kFirstSingle && space.dead >= kLeast && space.dead * 2 >= space.size;
}

void add_dead_space(Books& books, std::uint32_t pack, std::uint64_t bytes) {
  Use add(books.prepare("INSERT INTO dead_space(pack, bytes) VALUES(:pack, :bytes) "
                        "ON CONFLICT(pack) DO UPDATE SET bytes=bytes+excluded.bytes"));
  add->bind(":pack", pack).bind(":bytes", static_cast<std::int64_t>(bytes)).run();
}

Result<Left> DeadSpace::step(Books& books, std::vector<RecordId>& damaged) {
  if (const auto pack = choose(books)) return rewrite(books, *pack, damaged);
  return remove_empty(books);
}

// The one with most to win that has records left.
std::optional<std::uint32_t> DeadSpace::choose(Books& books) {
  // Rewriting wins more than it takes, and takes half a pack at most until the old one goes.
  if (books.low_space() && books.has_less_than(PackWriter::kSealAt)) return std::nullopt;
  for (PackSpace& space : packs_with_dead_space(books)) {
    if (left_as_they_are_.contains(space.pack) || is_empty(books, space.pack)) continue;
    space.size = file_size(books, space.pack);
    if (worth_rewriting(space)) return space.pack;
  }
  return std::nullopt;
}

Result<Left> DeadSpace::rewrite(Books& books, std::uint32_t pack, std::vector<RecordId>& damaged) {
  if (const auto error = leave(books, pack)) return error;
  const auto records = records_of(books, pack, passed_over_[pack], kRecordsATurn);
  std::uint64_t copied = 0;
  for (const PlacedRecord& record : records) {
    if (copied >= kBytesATurn) break;
    const auto moved = move_record(books, record);
    if (moved) {
      copied += record.at.size;
      continue;
    }
    if (moved.error() != Error::bad_record) return moved.error();
    damaged.push_back(record.id);
    passed_over_[pack] = record.at.offset + 1;
  }
  if (records.empty()) left_as_they_are_.insert(pack); // what is still there has to stay
  note_end_of_packs(books);
  // Others of this batch may read what was moved.
  if (const auto error = books.packs().flush()) return error;
  return Left::more;
}

Result<Left> DeadSpace::remove_empty(Books& books) {
  std::vector<std::uint32_t> empty;
  for (const PackSpace& space : packs_with_dead_space(books)) {
    if (is_empty(books, space.pack)) empty.push_back(space.pack);
  }
  if (empty.empty()) return Left::nothing;
  const auto pin = PackPin::to_remove(books.settings().directory / "packs");
  if (!pin) return Left::nothing;
  for (const std::uint32_t pack : empty) {
    if (books.packs().mark().pack == pack) {
      if (const auto error = leave(books, pack)) return error;
      continue; // removed by the next step, when no crash can make it the last one again
    }
    if (const auto error = books.packs().remove(pack)) return error;
    books.packs_written();
    books.pack_reader().forget(pack);
    passed_over_.erase(pack);
    Use drop(books.prepare("DELETE FROM dead_space WHERE pack=:pack"));
    drop->bind(":pack", pack).run();
  }
  return Left::more;
}

} // namespace homespool::spool
