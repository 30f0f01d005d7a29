#include "spool/check/index_check.hpp"

#include "spool/check/affected.hpp"
#include "spool/index/expected_schema.hpp"
#include "spool/index/schema.hpp"

#include <array>

namespace homespool::spool {
namespace {

using index::Use;

constexpr const char* kRebuild = "homespool rebuild-index";
constexpr std::int64_t kMessagesAtOnce = 5000;

// The tables, in an order that stays.
std::vector<std::string> tables(index::Database& database) {
  std::vector<std::string> names;
  Use rows(database.prepare("SELECT name FROM sqlite_schema WHERE type='table' ORDER BY name"));
  while (rows->step()) names.push_back(rows->text(0));
  return names;
}

// What is wrong with a row of kMessages.
std::string fault_of(const index::Statement& row) {
  enum {
    mailbox,
    uid,
    id,
    record,
    size,
    modseq,
    has_folder,
    uidnext,
    folder_modseq,
    has_record,
    record_size
  };
  if (row.integer(has_folder) == 0) return "its folder is not there";
  if (row.integer(has_record) == 0) return "its record is not there";
  if (row.integer(size) != row.integer(record_size)) return "its size is not that of its record";
  if (row.integer(uid) < 1 || row.integer(uid) >= row.integer(uidnext)) return "its UID is not below UIDNEXT";
  if (row.integer(modseq) > row.integer(folder_modseq)) return "its mod-sequence is above that of its folder";
  return {};
}

constexpr const char* kMessages =
    "SELECT m.mailbox, m.uid, m.id, m.record, m.size, m.modseq, b.id IS NOT NULL, b.uidnext, b.modseq, "
    "r.id IS NOT NULL, r.size FROM message m LEFT JOIN mailbox b ON b.id=m.mailbox "
    "LEFT JOIN record r ON r.id=m.record WHERE (m.mailbox, m.uid)>(:mailbox, :uid) "
    "ORDER BY m.mailbox, m.uid LIMIT :limit";

} // namespace

Finding damaged_index(const std::string& why) {
  return {"index-damaged", "index.db is damaged: " + why, kRebuild, {}};
}

OpenedIndex open_index_to_check(const std::filesystem::path& file) {
  OpenedIndex opened;
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    opened.findings.push_back({"index-missing", "index.db is missing", kRebuild, {}});
    return opened;
  }
  try {
    auto database = std::make_unique<index::Database>(file, index::Database::Access::read);
    if (index::schema_version(*database) > index::kSchemaVersion) {
      opened.findings.push_back(
          {"index-newer",
           "index.db was written by a newer version of homespool; this one cannot read it",
           "install that version again",
           {}});
    } else if (index::schema_version(*database) == 0) {
      opened.findings.push_back(damaged_index("it is empty"));
    } else if (const auto fault = index::schema_fault(*database)) {
      opened.findings.push_back({"index-foreign", "index.db " + *fault, kRebuild, {}});
    } else {
      opened.database = std::move(database);
    }
  } catch (const index::SqliteError& fault) {
    opened.findings.push_back(damaged_index(fault.what()));
  }
  return opened;
}

void check_pages(index::Database& database, CheckStep& step) {
  const std::vector<std::string> names = tables(database);
  step.next.total = names.size();
  const auto at = static_cast<std::size_t>(step.next.first);
  if (at >= names.size()) {
    step.next.stage = CheckStage::counters;
    return;
  }
  // Table names are those of the schema, which was compared with ours.
  index::Statement rows(database.handle(), "PRAGMA quick_check(\"" + names[at] + "\")");
  while (rows.step()) {
    if (rows.bytes(0) != "ok")
      step.findings.push_back(damaged_index("its table " + names[at] + ": " + rows.text(0)));
  }
  step.next.first += 1;
  step.next.seen += 1;
}

void check_counters(index::Database& database, CheckStep& step) {
  struct Counter {
    const char* key;
    const char* highest;
    bool given_out; // the counter is the last one given out, not the next
  };
  static constexpr std::array kCounters{
      Counter{"next_message",
              "SELECT max((SELECT coalesce(max(id), 0) FROM message), "
              "(SELECT coalesce(max(id), 0) FROM deleted))",
              false},
      Counter{"next_record", "SELECT coalesce(max(id), 0) FROM record", false},
      Counter{"last_uidvalidity", "SELECT coalesce(max(uidvalidity), 0) FROM mailbox", true}};
  for (const Counter& counter : kCounters) {
    Use row(database.prepare(counter.highest));
    const auto highest = row->step() ? static_cast<std::uint64_t>(row->integer(0)) : 0;
    const auto number =
        index::meta_number<std::uint64_t>(database, counter.key).value_or(0) + (counter.given_out ? 1 : 0);
    if (highest != 0 && number <= highest)
      step.findings.push_back(
          {"counter-behind",
           std::string("the counter ") + counter.key + " of index.db is behind what was given out",
           kRebuild,
           {}});
  }
  if (index::meta(database, "spool_id").value_or("").empty())
    step.findings.push_back({"row-wrong", "index.db does not know the name of its spool", kRebuild, {}});
  step.next.stage = CheckStage::messages;
}

void check_messages(index::Database& database, CheckStep& step) {
  if (step.next.total == 0) {
    Use count(database.prepare("SELECT count(*) FROM message"));
    if (count->step()) step.next.total = static_cast<std::uint64_t>(count->integer(0));
  }
  Use rows(database.prepare(kMessages));
  rows->bind(":mailbox", step.next.first).bind(":uid", step.next.second).bind(":limit", kMessagesAtOnce);
  std::int64_t looked_at = 0;
  while (rows->step()) {
    ++looked_at;
    step.next.first = rows->integer(0);
    step.next.second = rows->integer(1);
    const std::string fault = fault_of(*rows);
    if (fault.empty()) continue;
    step.findings.push_back(
        {rows->integer(9) == 0 ? "record-missing" : "row-wrong",
         "message " + std::to_string(rows->integer(2)) + " in index.db is wrong: " + fault, kRebuild,
         messages_of(database, RecordId{rows->integer(3)})});
  }
  step.next.seen += static_cast<std::uint64_t>(looked_at);
  if (looked_at < kMessagesAtOnce) step.next.stage = CheckStage::records;
}

} // namespace homespool::spool
