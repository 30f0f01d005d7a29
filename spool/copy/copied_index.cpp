#include "spool/copy/copied_index.hpp"

#include "spool/index/schema.hpp"
#include "spool/pack/pack.hpp"

#include <algorithm>

namespace homespool::spool {
namespace {

using index::Use;

constexpr std::string_view kMadeAt = "copy_made_at";
constexpr std::string_view kUses = "copy_uses";
// More than can have been given out since any copy was made: at once, and in a second. A copy may be put to
// use again and again, so each use, and each moment, has numbers of its own.
struct Skip {
  std::int64_t at_once, a_second;
};
constexpr Skip kMessages{100'000'000, 100'000};
// Each record is bytes that were written, so they are fewer; and what looks through records likes them near
// (spool/search/).
constexpr Skip kRecords{16'000'000, 16};
constexpr Skip kUids{10'000'000, 16};
constexpr Skip kModSeqs{std::int64_t{1} << 32U, 10'000};
constexpr std::int64_t kLastUid = 0xffff0000;
constexpr std::int64_t kMaxUses = 100;
constexpr std::int64_t kMaxAge = std::int64_t{10} * 365 * 86'400; // seconds

struct CopyUse {
  std::int64_t number, age; // seconds
  std::int64_t skipped(const Skip& skip) const { return (number + 1) * skip.at_once + age * skip.a_second; }
};

std::string write_meta(std::string_view key, std::int64_t number) {
  return "INSERT OR REPLACE INTO meta(key, value) VALUES('" + std::string(key) + "', '" +
         std::to_string(number) + "')";
}

void skip_ids(index::Database& database, std::string_view key, std::int64_t skipped) {
  const auto next = index::meta_number<std::int64_t>(database, key).value_or(1);
  index::set_meta(database, key, std::to_string(next + skipped));
}

void skip_uids(index::Database& database, std::uint32_t new_uidvalidity, const CopyUse& use) {
  const std::int64_t skipped = std::min(use.skipped(kUids), kLastUid);
  Use full(database.prepare("UPDATE mailbox SET uidvalidity=max(uidvalidity + 1, :new) WHERE uidnext>:last"));
  full->bind(":new", new_uidvalidity).bind(":last", kLastUid - skipped).run();
  if (database.changes() > 0) index::set_meta(database, "last_uidvalidity", std::to_string(new_uidvalidity));
  Use skip(database.prepare("UPDATE mailbox SET uidnext=uidnext + :skipped WHERE uidnext<=:last"));
  skip->bind(":skipped", skipped).bind(":last", kLastUid - skipped).run();
  Use modseqs(database.prepare("UPDATE mailbox SET modseq=modseq + :skipped"));
  modseqs->bind(":skipped", use.skipped(kModSeqs)).run();
  database.run("UPDATE message SET modseq=(SELECT b.modseq FROM mailbox b WHERE b.id=message.mailbox)");
}

} // namespace

std::string mark_copy(std::chrono::sys_seconds made) {
  return write_meta(kMadeAt, made.time_since_epoch().count());
}

std::string mark_use(std::int64_t earlier_uses) {
  return write_meta(kUses, earlier_uses);
}

std::optional<std::chrono::sys_seconds> copy_made_at(index::Database& database) {
  const auto seconds = index::meta_number<std::int64_t>(database, kMadeAt);
  if (!seconds) return std::nullopt;
  return std::chrono::sys_seconds{std::chrono::seconds{*seconds}};
}

std::optional<std::chrono::sys_seconds> last_noted(index::Database& database) {
  Use last(database.prepare("SELECT max((SELECT coalesce(max(stored_at), 0) FROM ledger), "
                            "(SELECT coalesce(max(last_seen), 0) FROM client))"));
  if (!last->step() || last->integer(0) == 0) return std::nullopt;
  return std::chrono::sys_seconds{std::chrono::seconds{last->integer(0)}};
}

void take_over_copy(index::Database& database, std::uint32_t now) {
  const auto made = copy_made_at(database);
  if (!made) return;
  const auto age = std::int64_t{now} - static_cast<std::int64_t>(made->time_since_epoch().count());
  const CopyUse use{
      std::clamp<std::int64_t>(index::meta_number<std::int64_t>(database, kUses).value_or(0), 0, kMaxUses),
      std::clamp<std::int64_t>(age, 0, kMaxAge)};
  database.run("BEGIN IMMEDIATE");
  skip_ids(database, "next_message", use.skipped(kMessages));
  skip_ids(database, "next_record", use.skipped(kRecords));
  skip_uids(database, now, use);
  Use forget(database.prepare("DELETE FROM meta WHERE key IN (:made, :uses)"));
  forget->bind(":made", kMadeAt).bind(":uses", kUses).run();
  database.run("COMMIT");
}

std::map<std::uint32_t, std::uint64_t> pack_ends(index::Database& database) {
  std::map<std::uint32_t, std::uint64_t> ends;
  // From pack to pack by the index of places: there are few among a million records.
  Use rows(database.prepare(
      "WITH RECURSIVE named(pack) AS (SELECT max(pack) FROM record UNION ALL "
      "SELECT (SELECT max(pack) FROM record WHERE pack<named.pack) FROM named WHERE named.pack IS NOT NULL) "
      "SELECT r.pack, r.offset, r.body, r.size FROM named CROSS JOIN record r ON r.pack=named.pack AND "
      "r.offset=(SELECT max(offset) FROM record WHERE pack=named.pack)"));
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
