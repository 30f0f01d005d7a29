#include "spool/retention/damage.hpp"

#include <array>

namespace homespool::spool {

using index::Use;

namespace {

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

} // namespace

void note_damage(Books& books, RecordId record, std::string_view sentence) {
  Use note(books.prepare("INSERT OR IGNORE INTO damaged(record, found_at) SELECT id, :now FROM record "
                         "WHERE id=:record"));
  note->bind(":record", record.value).bind(":now", books.now().time_since_epoch().count()).run();
  if (books.database().changes() == 0) return;
  books.totals().damaged += 1;
  if (books.options().on_finding) books.options().on_finding(sentence);
}

std::optional<RecordId> look_at_damaged_again(Books& books, RecordId after) {
  RecordId record;
  Location at;
  {
    Use next(books.prepare("SELECT d.record, r.pack, r.offset, r.body, r.size FROM damaged d "
                           "JOIN record r ON r.id=d.record WHERE d.record>:after ORDER BY d.record LIMIT 1"));
    next->bind(":after", after.value);
    if (!next->step()) return std::nullopt;
    record = RecordId{next->integer(0)};
    at.pack = static_cast<std::uint32_t>(next->integer(1));
    at.offset = static_cast<std::uint64_t>(next->integer(2));
    at.body = static_cast<std::uint64_t>(next->integer(3));
    at.size = static_cast<std::uint64_t>(next->integer(4));
  }
  if (!is_whole(books, at)) return record;
  Use drop(books.prepare("DELETE FROM damaged WHERE record=:record"));
  drop->bind(":record", record.value).run();
  books.totals().damaged -= 1;
  return record;
}

} // namespace homespool::spool
