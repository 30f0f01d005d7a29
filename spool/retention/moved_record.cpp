#include "spool/retention/moved_record.hpp"

#include "spool/checksum.hpp"
#include "spool/retention/dead_space.hpp"

namespace homespool::spool {

using index::Use;

namespace {

// What the index knows of a record whose own header is damaged.
RecordInfo info_of_rows(Books& books, RecordId record) {
  RecordInfo info;
  info.record = record;
  {
    Use origin(books.prepare("SELECT account, uidl FROM ledger WHERE record=:record LIMIT 1"));
    origin->bind(":record", record.value);
    if (origin->step()) {
      info.account = origin->text(0);
      info.uidl = origin->text(1);
    }
  }
  Use first(books.prepare("SELECT m.id, m.internal_date, b.user, b.name, m.uid, b.uidvalidity FROM message m "
                          "JOIN mailbox b ON b.id=m.mailbox WHERE m.record=:record UNION ALL "
                          "SELECT id, internal_date, user, folder, uid, 0 FROM deleted WHERE record=:record "
                          "ORDER BY 1 LIMIT 1"));
  first->bind(":record", record.value);
  if (first->step()) {
    info.message = MessageId{first->integer(0)};
    info.arrival = std::chrono::sys_seconds{std::chrono::seconds{first->integer(1)}};
    info.user = first->text(2);
    info.folder = first->text(3);
    info.uid = Uid{static_cast<std::uint32_t>(first->integer(4))};
    info.uidvalidity = static_cast<std::uint32_t>(first->integer(5));
  }
  return info;
}

Result<std::string> whole_body(const OpenPack& pack, const PlacedRecord& record) {
  std::string body(record.at.size, '\0');
  if (const auto error = pack.read(record.at, 0, body)) return error;
  // The index has a checksum of its own: the bytes are those it means.
  if (record.header_size > body.size() ||
      checksum(std::string_view(body).substr(0, record.header_size), 0) != record.header_sum)
    return Error::bad_record;
  return body;
}

PlacedRecord placed_row(const index::Statement& row) {
  PlacedRecord record;
  record.id = RecordId{row.integer(0)};
  record.at.pack = static_cast<std::uint32_t>(row.integer(1));
  record.at.offset = static_cast<std::uint64_t>(row.integer(2));
  record.at.body = static_cast<std::uint64_t>(row.integer(3));
  record.at.size = static_cast<std::uint64_t>(row.integer(4));
  record.header_size = static_cast<std::uint64_t>(row.integer(5));
  record.header_sum = static_cast<std::uint64_t>(row.integer(6));
  return record;
}

} // namespace

std::vector<PlacedRecord> records_of(Books& books, std::uint32_t pack, std::uint64_t from,
                                     std::size_t limit) {
  std::vector<PlacedRecord> records;
  Use rows(books.prepare("SELECT id, pack, offset, body, size, header_size, header_sum FROM record "
                         "WHERE pack=:pack AND offset>=:from ORDER BY offset LIMIT :limit"));
  rows->bind(":pack", pack)
      .bind(":from", static_cast<std::int64_t>(from))
      .bind(":limit", static_cast<std::int64_t>(limit));
  while (rows->step()) records.push_back(placed_row(*rows));
  return records;
}

std::optional<PlacedRecord> find_record(Books& books, RecordId record) {
  Use find(books.prepare(
      "SELECT id, pack, offset, body, size, header_size, header_sum FROM record WHERE id=:record"));
  find->bind(":record", record.value);
  if (!find->step()) return std::nullopt;
  return placed_row(*find);
}

RecordInfo info_of(Books& books, const PlacedRecord& record) {
  if (const auto pack = books.pack_reader().open_pack(record.at.pack)) {
    const auto info = (*pack)->info(record.at);
    if (info && info->record == record.id) return *info;
  }
  return info_of_rows(books, record.id);
}

void note_place(Books& books, const PlacedRecord& record, const Location& now) {
  Use put(books.prepare("UPDATE record SET pack=:pack, offset=:offset, body=:body WHERE id=:id"));
  put->bind(":pack", now.pack)
      .bind(":offset", static_cast<std::int64_t>(now.offset))
      .bind(":body", static_cast<std::int64_t>(now.body))
      .bind(":id", record.id.value)
      .run();
  add_dead_space(books, record.at.pack, record_end(record.at) - record.at.offset);
}

Result<Location> move_record(Books& books, const PlacedRecord& record) {
  const auto pack = books.pack_reader().open_pack(record.at.pack);
  if (!pack && pack.error() == boost::system::errc::no_such_file_or_directory) return Error::bad_record;
  if (!pack) return pack.error(); // no descriptor left, say: another time
  const auto body = whole_body(**pack, record);
  if (!body) return body.error();
  const auto at = books.packs().append(info_of(books, record), *body);
  if (!at) return at.error();
  books.packs_written();
  note_place(books, record, *at);
  return *at;
}

} // namespace homespool::spool
