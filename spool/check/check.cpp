#include "spool/check/check.hpp"

#include "spool/check/affected.hpp"
#include "spool/check/index_check.hpp"
#include "spool/check/record_check.hpp"
#include "spool/check/record_rows.hpp"
#include "spool/copy/pack_pin.hpp"
#include "spool/error.hpp"
#include "spool/index/log_damage.hpp"
#include "spool/index/schema.hpp"
#include "spool/pack/pack_recovery.hpp"
#include "spool/store/pack_end.hpp"

#include <limits>

namespace homespool::spool {
namespace {

using index::Use;

constexpr std::int64_t kRecordsAtOnce = 2000;
constexpr std::uint64_t kBytesAtOnce = 4U << 20U; // deep

constexpr const char* kRecords =
    "SELECT r.id, r.pack, r.offset, r.body, r.size, r.header_size, r.header_sum, r.has_nul, "
    "EXISTS(SELECT 1 FROM structure s WHERE s.record=r.id) FROM record r "
    "WHERE (r.pack, r.offset)>(:pack, :offset) ORDER BY r.pack, r.offset LIMIT :limit";

// One step over records, in the order in which they lie in the packs.
class RecordsStep {
 public:
  RecordsStep(index::Database& database, const CheckedFiles& files, const Deep& deep, CheckStep& step)
      : database_(database), check_(files.packs), in_use_(files.in_use), deep_(deep), step_(step) {}

  void run() {
    if (step_.next.total == 0) {
      Use count(database_.prepare("SELECT count(*) FROM record"));
      if (count->step()) step_.next.total = static_cast<std::uint64_t>(count->integer(0));
    }
    Use rows(database_.prepare(kRecords));
    rows->bind(":pack", step_.next.first).bind(":offset", step_.next.second).bind(":limit", kRecordsAtOnce);
    while (rows->step()) {
      step_.next.first = rows->integer(1);
      step_.next.second = rows->integer(2);
      step_.next.seen += 1;
      look_at(record_row(*rows), rows->integer(8) != 0);
      if (bytes_ >= kBytesAtOnce) return;
    }
    if (step_.next.seen == seen_before_) step_.next.stage = CheckStage::age;
  }

 private:
  void look_at(const RecordRow& record, bool has_structure) {
    overlap(record);
    auto fault = check_.header(record);
    if (!fault && !has_structure)
      fault =
          Finding{"row-wrong", "index.db lacks the structure of a message", "homespool rebuild-index", {}};
    if (!fault && deep_(record.at)) fault = deep(record);
    if (!fault || (fault->kind != "row-wrong" && rides(record.at))) return;
    fault->messages = messages_of(database_, record.id);
    step_.findings.push_back(*std::move(fault));
  }

  std::optional<Finding> deep(const RecordRow& record) {
    bytes_ += record.at.size;
    Use row(database_.prepare(kStructure));
    row->bind(":record", record.id.value);
    if (!row->step()) return std::nullopt;
    return check_.whole(record, structure_row(*row));
  }

  // Its bytes are in the index still: the next start writes them into the pack again.
  bool rides(const Location& at) {
    if (in_use_ || index::schema_version(database_) < 2) return false;
    Use row(database_.prepare("SELECT 1 FROM riding WHERE pack=:pack AND offset<=:begin AND "
                              "offset + length(bytes)>=:end"));
    row->bind(":pack", at.pack)
        .bind(":begin", static_cast<std::int64_t>(at.offset))
        .bind(":end", static_cast<std::int64_t>(record_end(at)));
    return row->step();
  }

  void overlap(const RecordRow& record) {
    if (record.at.pack == last_pack_ && record.at.offset < last_end_)
      step_.findings.push_back({"row-wrong", "two messages of index.db lie in the same place of a pack",
                                "homespool rebuild-index", messages_of(database_, record.id)});
    last_pack_ = record.at.pack;
    last_end_ = record_end(record.at);
  }

  index::Database& database_;
  RecordCheck check_;
  bool in_use_;
  const Deep& deep_;
  CheckStep& step_;
  std::uint64_t bytes_ = 0;
  std::uint64_t seen_before_ = step_.next.seen;
  std::uint32_t last_pack_ = 0;
  std::uint64_t last_end_ = 0;
};

std::optional<PackWriter::End> end_of_index(const std::filesystem::path& spool) {
  const OpenedIndex opened = open_index_to_check(spool / "index.db");
  if (!opened.database) return std::nullopt;
  try {
    return end_of_packs(*opened.database);
  } catch (const index::SqliteError&) {
    return std::nullopt; // told by another stage
  }
}

// Commits that were promised and that the index does not have. Of a spool that nobody writes to.
void check_age(const std::filesystem::path& spool, CheckStep& step) {
  const std::string mend = "a start, or homespool rebuild-index";
  const auto log = spool / "index.db-wal";
  if (index::log_is_damaged(log) && index::log_is_damaged(log)) // it may have been begun anew meanwhile
    step.findings.push_back(
        {"index-damaged", "the log of index.db is damaged: the last changes may be lost", mend, {}});
  const auto end = end_of_index(spool);
  if (!end) return;
  if (check_age_of_index(spool / "packs", *end) != Error::index_is_old) return;
  const auto again = end_of_index(spool);
  if (again && again->pack == end->pack && again->offset == end->offset && again->single == end->single)
    step.findings.push_back(
        {"index-old", "index.db is older than the packs: it does not know all messages in them", mend, {}});
}

void run_stage(index::Database& database, const CheckedFiles& files, const Deep& deep, CheckStep& step) {
  switch (step.next.stage) {
  case CheckStage::pages:
    return check_pages(database, step);
  case CheckStage::counters:
    return check_counters(database, step);
  case CheckStage::messages:
    return check_messages(database, step);
  case CheckStage::records:
    return RecordsStep(database, files, deep, step).run();
  default:
    return;
  }
}

} // namespace

CheckedFiles files_of(const std::filesystem::path& spool) {
  return {spool / "index.db", spool / "packs"};
}

CheckStep check_some(const std::filesystem::path& spool, const CheckPlace& from, bool deep) {
  CheckStep step = check_some(files_of(spool), from, [deep](const Location&) { return deep; });
  if (from.stage == CheckStage::age) check_age(spool, step);
  return step;
}

CheckStep check_some(const CheckedFiles& files, const CheckPlace& from, const Deep& deep) {
  CheckStep step;
  step.next = from;
  if (from.stage >= CheckStage::age) {
    step.next.stage = CheckStage::done;
    return step;
  }
  const auto pin = PackPin::hold(files.packs);
  OpenedIndex opened = open_index_to_check(files.index);
  step.findings = std::move(opened.findings);
  if (!opened.database) {
    step.next.stage = CheckStage::age;
    return step;
  }
  try {
    opened.database->run("BEGIN");
    run_stage(*opened.database, files, deep, step);
    opened.database->run("COMMIT");
  } catch (const index::SqliteError& error) {
    step.findings.push_back(damaged_index(error.what()));
    step.next.stage = CheckStage::age;
  }
  if (step.next.stage != from.stage) {
    CheckPlace begin;
    begin.stage = step.next.stage;
    begin.first = std::numeric_limits<std::int64_t>::min();
    step.next = begin;
  }
  return step;
}

const char* name_of(CheckStage stage) {
  switch (stage) {
  case CheckStage::pages:
    return "tables of the index";
  case CheckStage::counters:
    return "counters";
  case CheckStage::messages:
    return "messages";
  case CheckStage::records:
    return "records";
  case CheckStage::age:
    return "age of the index";
  case CheckStage::done:
    break;
  }
  return "all";
}

} // namespace homespool::spool
