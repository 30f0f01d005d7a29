#include "spool/retention/damage.hpp"

#include "spool/pack/pack_name.hpp"

#include <array>

namespace homespool::spool {

using index::Use;

namespace {

constexpr std::size_t kPacksATurn = 100, kRecordsATurn = 500;
constexpr std::uint64_t kBytesATurn = 1 << 20;

bool is_whole(Books& books, const Location& at) {
  const auto pack = books.pack_reader().open_pack(at.pack);
  if (!pack) return false;
  std::array<char, 64 << 10> piece;
  for (std::uint64_t done = 0; done < at.size;) {
    const std::size_t step = std::min<std::uint64_t>(piece.size(), at.size - done);
    if ((*pack)->read(at, done, {piece.data(), step})) return false;
    done += step;
  }
  return (*pack)->info(at).has_value();
}

std::optional<std::pair<RecordId, Location>> next_damaged(Books& books, RecordId after) {
  Use next(books.prepare("SELECT d.record, r.pack, r.offset, r.body, r.size FROM damaged d "
                         "JOIN record r ON r.id=d.record WHERE d.record>:after ORDER BY d.record LIMIT 1"));
  next->bind(":after", after.value);
  if (!next->step()) return std::nullopt;
  Location at;
  at.pack = static_cast<std::uint32_t>(next->integer(1));
  at.offset = static_cast<std::uint64_t>(next->integer(2));
  at.body = static_cast<std::uint64_t>(next->integer(3));
  at.size = static_cast<std::uint64_t>(next->integer(4));
  return std::pair(RecordId{next->integer(0)}, at);
}

// Records lie one behind the other: none ends behind `size` when the last one does not.
bool holds_all(Books& books, std::uint32_t pack, std::int64_t size) {
  Use last(books.prepare("SELECT body + size FROM record WHERE pack=:pack ORDER BY offset DESC LIMIT 1"));
  last->bind(":pack", pack);
  return !last->step() || last->integer(0) <= size;
}

// Missing packs themselves are told of at the start (spool/check/missing_packs.hpp).
void note_what_is_missing(Books& books, std::uint32_t pack) {
  std::error_code error;
  const auto found =
      std::filesystem::file_size(books.settings().directory / "packs" / pack_name(pack), error);
  if (error && error != std::errc::no_such_file_or_directory) return;
  const auto size = error ? std::int64_t{0} : static_cast<std::int64_t>(found);
  if (holds_all(books, pack, size)) return;
  Use note(books.prepare("INSERT OR IGNORE INTO damaged(record, found_at) SELECT id, :now FROM record "
                         "WHERE pack=:pack AND body + size>:size"));
  note->bind(":now", books.now().time_since_epoch().count()).bind(":pack", pack).bind(":size", size).run();
  books.totals().damaged += static_cast<std::uint64_t>(books.database().changes());
}

} // namespace

void note_damage(Books& books, RecordId record, std::string_view sentence) {
  Use note(books.prepare("INSERT OR IGNORE INTO damaged(record, found_at) SELECT id, :now FROM record "
                         "WHERE id=:record"));
  note->bind(":record", record.value).bind(":now", books.now().time_since_epoch().count()).run();
  if (books.database().changes() == 0) return;
  books.totals().damaged += 1;
  if (books.options().on_finding) books.options().on_finding(sentence);
}

bool is_damaged(Books& books, RecordId record) {
  Use find(books.prepare("SELECT 1 FROM damaged WHERE record=:record"));
  find->bind(":record", record.value);
  return find->step();
}

void forget_damage(Books& books, RecordId record) {
  Use drop(books.prepare("DELETE FROM damaged WHERE record=:record"));
  drop->bind(":record", record.value).run();
  if (books.database().changes() > 0) books.totals().damaged -= 1;
}

std::optional<std::uint32_t> note_missing_packs(Books& books, std::uint32_t above) {
  std::optional<std::uint32_t> last;
  for (std::size_t i = 0; i < kPacksATurn; ++i) {
    {
      Use next(books.prepare("SELECT min(pack) FROM record WHERE pack>:above"));
      next->bind(":above", last.value_or(above));
      const auto pack = next->step() ? next->maybe_integer(0) : std::nullopt;
      if (!pack) return std::nullopt;
      last = static_cast<std::uint32_t>(*pack);
    }
    if (books.packs().mark().pack != *last) note_what_is_missing(books, *last);
  }
  return last;
}

std::optional<RecordId> look_at_damaged_again(Books& books, RecordId after) {
  std::uint64_t looked_at = 0;
  for (std::size_t i = 0; i < kRecordsATurn && looked_at < kBytesATurn; ++i) {
    const auto next = next_damaged(books, after);
    if (!next) return std::nullopt;
    after = next->first;
    if (is_whole(books, next->second)) forget_damage(books, after);
    looked_at += next->second.size;
  }
  return after;
}

} // namespace homespool::spool
