#include "spool/copy/copied_index.hpp"

#include "spool/index/schema.hpp"
#include "spool/pack.hpp"

#include <charconv>

namespace homespool::spool {
namespace {

using index::Use;

constexpr std::string_view kMadeAt = "copy_made_at";
// More than can have been given out since any copy was made.
constexpr std::int64_t kIdsSkipped = 100'000'000;
constexpr std::int64_t kUidsSkipped = 10'000'000;
constexpr std::int64_t kLastUid = 0xffff0000;
constexpr std::int64_t kModSeqsSkipped = std::int64_t{1} << 32U;

std::optional<std::int64_t> meta_number(index::Database& database, std::string_view key) {
  const auto text = index::meta(database, key);
  std::int64_t number = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), number).ec != std::errc{})
    return std::nullopt;
  return number;
}

void skip_ids(index::Database& database, std::string_view key) {
  index::set_meta(database, key, std::to_string(meta_number(database, key).value_or(1) + kIdsSkipped));
}

void skip_uids(index::Database& database, std::uint32_t new_uidvalidity) {
  Use full(database.prepare("UPDATE mailbox SET uidvalidity=max(uidvalidity + 1, :new) WHERE uidnext>:last"));
  full->bind(":new", new_uidvalidity).bind(":last", kLastUid - kUidsSkipped).run();
  if (database.changes() > 0) index::set_meta(database, "last_uidvalidity", std::to_string(new_uidvalidity));
  Use skip(database.prepare("UPDATE mailbox SET uidnext=uidnext + :skipped WHERE uidnext<=:last"));
  skip->bind(":skipped", kUidsSkipped).bind(":last", kLastUid - kUidsSkipped).run();
  Use modseqs(database.prepare("UPDATE mailbox SET modseq=modseq + :skipped"));
  modseqs->bind(":skipped", kModSeqsSkipped).run();
  database.run("UPDATE message SET modseq=(SELECT b.modseq FROM mailbox b WHERE b.id=message.mailbox)");
}

} // namespace

std::string mark_copy(std::chrono::sys_seconds made) {
  return "INSERT OR REPLACE INTO meta(key, value) VALUES('" + std::string(kMadeAt) + "', '" +
         std::to_string(made.time_since_epoch().count()) + "')";
}

std::optional<std::chrono::sys_seconds> copy_made_at(index::Database& database) {
  const auto seconds = meta_number(database, kMadeAt);
  if (!seconds) return std::nullopt;
  return std::chrono::sys_seconds{std::chrono::seconds{*seconds}};
}

void take_over_copy(index::Database& database, std::uint32_t new_uidvalidity) {
  if (!copy_made_at(database)) return;
  database.run("BEGIN IMMEDIATE");
  skip_ids(database, "next_message");
  skip_ids(database, "next_record");
  skip_uids(database, new_uidvalidity);
  Use forget(database.prepare("DELETE FROM meta WHERE key=:key"));
  forget->bind(":key", kMadeAt).run();
  database.run("COMMIT");
}

std::map<std::uint32_t, std::uint64_t> pack_ends(index::Database& database) {
  std::map<std::uint32_t, std::uint64_t> ends;
  Use rows(database.prepare("SELECT pack, max(offset), body, size FROM record GROUP BY pack"));
  while (rows->step()) {
    Location at;
    at.body = static_cast<std::uint64_t>(rows->integer(2));
    at.size = static_cast<std::uint64_t>(rows->integer(3));
    ends[static_cast<std::uint32_t>(rows->integer(0))] = record_end(at);
  }
  return ends;
}

std::uint64_t count_records(index::Database& database) {
  Use count(database.prepare("SELECT count(*) FROM record"));
  return count->step() ? static_cast<std::uint64_t>(count->integer(0)) : 0;
}

} // namespace homespool::spool
