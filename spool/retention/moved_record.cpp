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
  Use first(books.prepare("SELECT m.id, m.internal_date, b.user, b.name FROM message m JOIN mailbox b ON "
                          "b.id=m.mailbox WHERE m.record=:record UNION ALL SELECT id, internal_date, user, "
                          "folder FROM deleted WHERE record=:record ORDER BY 1 LIMIT 1"));
  first->bind(":record", record.value);
  if (first->step()) {
    info.message = MessageId{first->integer(0)};
    info.arrival = std::chrono::sys_seconds{std::chrono::seconds{first->integer(1)}};
    info.user = first->text(2);
    info.folder = first->text(3);
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

} // namespace

std::vector<PlacedRecord> records_of(Books& books, std::uint32_t pack, std::uint64_t from,
                                     std::size_t limit) {
  std::vector<PlacedRecord> records;
  Use rows(books.prepare("SELECT id, offset, body, size, header_size, header_sum FROM record "
                         "WHERE pack=:pack AND offset>=:from ORDER BY offset LIMIT :limit"));
  rows->bind(":pack", pack)
      .bind(":from", static_cast<std::int64_t>(from))
      .bind(":limit", static_cast<std::int64_t>(limit));
  while (rows->step()) {
    PlacedRecord record;
    record.id = RecordId{rows->integer(0)};
    record.at.pack = pack;
    record.at.offset = static_cast<std::uint64_t>(rows->integer(1));
    record.at.body = static_cast<std::uint64_t>(rows->integer(2));
    record.at.size = static_cast<std::uint64_t>(rows->integer(3));
    record.header_size = static_cast<std::uint64_t>(rows->integer(4));
    record.header_sum = static_cast<std::uint64_t>(rows->integer(5));
    records.push_back(record);
  }
  return records;
}

Result<Location> move_record(Books& books, const PlacedRecord& record) {
  const auto pack = books.pack_reader().open_pack(record.at.pack);
  if (!pack) return Error::bad_record;
  const auto body = whole_body(**pack, record);
  if (!body) return body.error();
  auto info = (*pack)->info(record.at);
  if (!info || info->record != record.id) info = info_of_rows(books, record.id);
  const auto at = books.packs().append(*info, *body);
  if (!at) return at.error();
  books.packs_written();
  Use put(books.prepare("UPDATE record SET pack=:pack, offset=:offset, body=:body WHERE id=:id"));
  put->bind(":pack", at->pack)
      .bind(":offset", static_cast<std::int64_t>(at->offset))
      .bind(":body", static_cast<std::int64_t>(at->body))
      .bind(":id", record.id.value)
      .run();
  add_dead_space(books, record.at.pack, record_end(record.at) - record.at.offset);
  return *at;
}

} // namespace homespool::spool
