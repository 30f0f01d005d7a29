#include "spool/rebuild/recovered_rows.hpp"

#include "mail/structure.hpp"
#include "spool/check/affected.hpp"
#include "spool/check/record_rows.hpp"
#include "spool/checksum.hpp"
#include "spool/incoming/likeness.hpp"
#include "spool/index/by_day.hpp"
#include "spool/index/row_sums.hpp"
#include "spool/index/schema.hpp"
#include "spool/ledger.hpp"
#include "spool/store/counted.hpp"

namespace homespool::spool {

using index::Use;

namespace {

// As they are made for every user.
std::string special_use_of(std::string_view folder) {
  for (const std::string_view name : {"Drafts", "Sent", "Trash", "Junk", "Archive"})
    if (folder == name) return "\\" + std::string(name);
  return {};
}

std::size_t header_size_of(const mail::Structure& structure) {
  return structure.parts.empty() ? 0 : structure.parts.front().body_begin;
}

} // namespace

RecoveredRows::RecoveredRows(index::Database& database, std::chrono::sys_seconds now)
    : database_(database), now_(static_cast<std::uint32_t>(now.time_since_epoch().count())) {
  first_new_record_ = index::meta_number<std::int64_t>(database, "next_record").value_or(1);
  hash_seed_ = index::meta_number<std::uint64_t>(database, "hash_seed").value_or(0);
  hashes_by_day_ = index::meta(database, kHashesKey) == kHashesByDay;
  spool_id_ = index::meta(database, "spool_id").value_or("");
  Use rows(database.prepare("SELECT record FROM message WHERE mailbox NOT IN (SELECT id FROM mailbox)"));
  while (rows->step()) homeless_.insert(rows->integer(0));
  changed("DELETE FROM message WHERE mailbox NOT IN (SELECT id FROM mailbox)");
}

std::optional<RecordRow> RecoveredRows::known(RecordId record) {
  Use find(database_.prepare(kOneRecord));
  find->bind(":record", record.value);
  if (!find->step()) return std::nullopt;
  return record_row(*find);
}

bool RecoveredRows::settle(const WalkedRecord& found, std::string_view message) {
  const auto row = known(found.info.record);
  const mail::Structure structure = mail::parse_structure(message);
  const std::string parts = mail::pack_parts(structure.parts);
  const auto header_size = header_size_of(structure);
  bool same =
      row && row->at.pack == found.at.pack && row->at.offset == found.at.offset &&
      row->at.body == found.at.body && row->at.size == found.at.size && row->header_size == header_size &&
      row->header_sum == checksum(message.substr(0, header_size), 0) && row->has_nul == structure.has_nul;
  if (same) {
    Use kept(database_.prepare(kStructure));
    kept->bind(":record", found.info.record.value);
    same = kept->step() && kept->bytes(0) == structure.envelope && kept->bytes(1) == structure.body &&
           kept->bytes(2) == structure.bodystructure && kept->bytes(3) == parts;
  }
  if (!same) put_record(found, message);
  return !same;
}

void RecoveredRows::put_record(const WalkedRecord& found, std::string_view message) {
  const mail::Structure structure = mail::parse_structure(message);
  const std::string parts = mail::pack_parts(structure.parts);
  index::RecordFacts facts;
  facts.record = found.info.record;
  facts.size = found.at.size;
  facts.header_size = header_size_of(structure);
  facts.header_sum = checksum(message.substr(0, facts.header_size), 0);
  facts.has_nul = structure.has_nul;
  Use record(database_.prepare(
      "INSERT OR REPLACE INTO record(id, pack, offset, body, size, header_size, header_sum, has_nul, sum) "
      "VALUES(:id, :pack, :offset, :body, :size, :header_size, :header_sum, :nul, :sum)"));
  record->bind(":id", facts.record.value)
      .bind(":pack", found.at.pack)
      .bind(":offset", static_cast<std::int64_t>(found.at.offset))
      .bind(":body", static_cast<std::int64_t>(found.at.body))
      .bind(":size", static_cast<std::int64_t>(facts.size))
      .bind(":header_size", static_cast<std::int64_t>(facts.header_size))
      .bind(":header_sum", static_cast<std::int64_t>(facts.header_sum))
      .bind(":nul", std::int64_t{facts.has_nul})
      .bind(":sum", index::row_sum(facts))
      .run();
  const index::StructureColumns columns{structure.envelope, structure.body, structure.bodystructure, parts};
  Use put(
      database_.prepare("INSERT OR REPLACE INTO structure(record, envelope, body, bodystructure, parts, sum) "
                        "VALUES(:record, :envelope, :body, :bodystructure, :parts, :sum)"));
  put->bind(":record", facts.record.value)
      .bind_blob(":envelope", columns.envelope)
      .bind_blob(":body", columns.body)
      .bind_blob(":bodystructure", columns.bodystructure)
      .bind_blob(":parts", columns.parts)
      .bind(":sum", index::row_sum(facts.record, columns))
      .run();
}

RecoveredRows::Folder& RecoveredRows::folder(const RecordInfo& info) {
  const auto [place, is_new] = folders_.try_emplace({info.user, info.folder});
  Folder& folder = place->second;
  if (!is_new) return folder;
  Use find(database_.prepare("SELECT id, uidvalidity, uidnext FROM mailbox WHERE user=:user AND name=:name"));
  find->bind(":user", std::string_view(info.user)).bind(":name", std::string_view(info.folder));
  if (find->step()) {
    folder = {find->integer(0), static_cast<std::uint32_t>(find->integer(1)), find->integer(2)};
    return folder;
  }
  folder.uidvalidity = info.uidvalidity != 0 ? info.uidvalidity : now_;
  const std::string special_use = special_use_of(info.folder);
  Use put(database_.prepare("INSERT INTO mailbox(user, name, uidvalidity, uidnext, modseq, special_use) "
                            "VALUES(:user, :name, :uidvalidity, 1, 1, :special_use)"));
  put->bind(":user", std::string_view(info.user))
      .bind(":name", std::string_view(info.folder))
      .bind(":uidvalidity", folder.uidvalidity)
      .bind(":special_use", std::string_view(special_use))
      .run();
  folder.id = database_.last_insert_id();
  Use subscribe(database_.prepare("INSERT OR IGNORE INTO subscription(user, name) VALUES(:user, :name)"));
  subscribe->bind(":user", std::string_view(info.user)).bind(":name", std::string_view(info.folder)).run();
  return folder;
}

// Its own, if clients can still know it as this message's and as nobody else's.
std::int64_t RecoveredRows::uid_for(Folder& folder, const RecordInfo& info) {
  const std::int64_t own = info.uid.value;
  if (own >= folder.first_free && info.uidvalidity == folder.uidvalidity) {
    Use taken(database_.prepare("SELECT 1 FROM message WHERE mailbox=:mailbox AND uid=:uid"));
    taken->bind(":mailbox", folder.id).bind(":uid", own);
    if (!taken->step()) return own;
  }
  renumbered_.insert(folder.id);
  Use next(
      database_.prepare("SELECT max(coalesce((SELECT max(uid) FROM message WHERE mailbox=:mailbox), 0) + 1, "
                        "(SELECT uidnext FROM mailbox WHERE id=:mailbox))"));
  next->bind(":mailbox", folder.id);
  next->step();
  return next->integer(0);
}

AffectedMessage RecoveredRows::add(const WalkedRecord& found, std::string_view message) {
  const RecordInfo& info = found.info;
  put_record(found, message);
  Folder& target = folder(info);
  const std::int64_t uid = uid_for(target, info);
  Use put(database_.prepare("INSERT OR IGNORE INTO message(mailbox, uid, id, flags, modseq, record, size, "
                            "internal_date) VALUES(:mailbox, :uid, :id, :flags, 1, :record, :size, :date)"));
  put->bind(":mailbox", target.id)
      .bind(":uid", uid)
      .bind(":id", info.message.value)
      .bind(":flags", info.flags)
      .bind(":record", info.record.value)
      .bind(":size", static_cast<std::int64_t>(found.at.size))
      .bind(":date", info.arrival.time_since_epoch().count())
      .run();
  if (!info.account.empty()) note_origin(info, message);
  AffectedMessage added;
  added.user = info.user;
  added.folder = info.folder;
  added.uid = static_cast<std::uint32_t>(uid);
  added.uidl = spool_id_ + "." + std::to_string(info.message.value);
  added.subject = subject_of(mail::parse_structure(message).envelope);
  return added;
}

// So that the fetcher knows it: else it would come again.
void RecoveredRows::note_origin(const RecordInfo& info, std::string_view message) {
  const auto header_size = header_size_of(mail::parse_structure(message));
  const auto day = day_written(message.substr(0, header_size));
  const auto kept = [&](std::uint64_t hash) {
    return static_cast<std::int64_t>(hashes_by_day_ ? by_day(hash, day) : hash);
  };
  std::optional<std::int64_t> alike;
  if (const auto hash = likeness(message, header_size, hash_seed_)) alike = kept(*hash);
  Use origin(database_.prepare("INSERT OR IGNORE INTO origin(hash, record, account, user, likeness) "
                               "VALUES(:hash, :record, :account, :user, :likeness)"));
  origin->bind(":hash", kept(content_hash(message, header_size, hash_seed_).low))
      .bind(":record", info.record.value)
      .bind(":account", std::string_view(info.account))
      .bind(":user", std::string_view(info.user))
      .bind(":likeness", alike)
      .run();
  Use ledger(database_.prepare(
      "INSERT INTO ledger(account, uidl, occurrence, state, size, record, first_seen, stored_at, tries, "
      "last_try, "
      "reason) VALUES(:account, :uidl, 0, :stored, :size, :record, :at, :at, 0, 0, '') "
      "ON CONFLICT(account, uidl, occurrence) DO UPDATE SET state=:stored, record=:record, stored_at=:at "
      "WHERE record IS NULL"));
  ledger->bind(":account", std::string_view(info.account))
      .bind_blob(":uidl", info.uidl)
      .bind(":stored", static_cast<std::int64_t>(LedgerState::stored))
      .bind(":size", static_cast<std::int64_t>(message.size()))
      .bind(":record", info.record.value)
      .bind(":at", info.arrival.time_since_epoch().count())
      .run();
}

// As one whose bytes were given up: else it would be fetched again.
void RecoveredRows::forget(RecordId record) {
  Use given_up(database_.prepare("INSERT OR IGNORE INTO expired(record, expired_at) SELECT :record, :now "
                                 "WHERE EXISTS(SELECT 1 FROM ledger WHERE record=:record)"));
  given_up->bind(":record", record.value).bind(":now", now_).run();
  for (const char* sql :
       {"DELETE FROM message WHERE record=:record", "DELETE FROM deleted WHERE record=:record",
        "DELETE FROM structure WHERE record=:record", "DELETE FROM record WHERE id=:record"}) {
    Use drop(database_.prepare(sql));
    drop->bind(":record", record.value).run();
  }
}

std::int64_t RecoveredRows::changed(const char* sql) {
  database_.prepare(sql).run();
  return database_.changes();
}

std::uint64_t RecoveredRows::mend_rows() {
  std::int64_t mended = 0;
  mended += changed("DELETE FROM message WHERE record NOT IN (SELECT id FROM record)");
  mended += changed("DELETE FROM deleted WHERE record NOT IN (SELECT id FROM record)");
  mended += changed("UPDATE message SET size=(SELECT r.size FROM record r WHERE r.id=record) "
                    "WHERE size<>(SELECT r.size FROM record r WHERE r.id=record)");
  mended += changed("UPDATE mailbox SET uidnext=(SELECT max(uid) + 1 FROM message WHERE mailbox=mailbox.id) "
                    "WHERE uidnext<=(SELECT max(uid) FROM message WHERE mailbox=mailbox.id)");
  mended += changed(
      "UPDATE mailbox SET modseq=(SELECT max(m.modseq) + 1 FROM message m WHERE m.mailbox=mailbox.id) "
      "WHERE modseq<(SELECT max(m.modseq) FROM message m WHERE m.mailbox=mailbox.id)");
  mended += changed("DELETE FROM hidden WHERE message NOT IN (SELECT id FROM message UNION ALL "
                    "SELECT id FROM deleted)");
  const auto raise = [&](std::string_view key, const char* sql) {
    Use highest(database_.prepare(sql));
    const std::int64_t wanted = highest->step() ? highest->integer(0) : 0;
    if (index::meta_number<std::int64_t>(database_, key).value_or(0) >= wanted) return;
    index::set_meta(database_, key, std::to_string(wanted));
    ++mended;
  };
  raise("next_record", "SELECT coalesce(max(id), 0) + 1 FROM record");
  raise("next_message", "SELECT max((SELECT coalesce(max(id), 0) FROM message), "
                        "(SELECT coalesce(max(id), 0) FROM deleted)) + 1");
  raise("last_uidvalidity", "SELECT coalesce(max(uidvalidity), 0) FROM mailbox");
  forget_counted(database_);
  return static_cast<std::uint64_t>(mended);
}

std::vector<std::string> RecoveredRows::renew_uidvalidities() {
  std::vector<std::string> names;
  auto next =
      std::max(now_, index::meta_number<std::uint32_t>(database_, "last_uidvalidity").value_or(0) + 1);
  for (const std::int64_t id : renumbered_) {
    Use put(database_.prepare("UPDATE mailbox SET uidvalidity=:next WHERE id=:id"));
    put->bind(":next", next).bind(":id", id).run();
    index::set_meta(database_, "last_uidvalidity", std::to_string(next++));
    Use name(database_.prepare("SELECT user || ': ' || name FROM mailbox WHERE id=:id"));
    name->bind(":id", id);
    if (name->step()) names.push_back(name->text(0));
  }
  return names;
}

std::uint64_t RecoveredRows::messages() {
  Use count(database_.prepare("SELECT count(*) FROM message"));
  return count->step() ? static_cast<std::uint64_t>(count->integer(0)) : 0;
}

} // namespace homespool::spool
