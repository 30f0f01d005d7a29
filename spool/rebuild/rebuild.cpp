#include "spool/rebuild/rebuild.hpp"

#include "spool/check/affected.hpp"
#include "spool/check/index_check.hpp"
#include "spool/check/record_rows.hpp"
#include "spool/copy/check_copy.hpp"
#include "spool/copy/copied_index.hpp"
#include "spool/copy/files.hpp"
#include "spool/error.hpp"
#include "spool/index/copy_database.hpp"
#include "spool/index/log_damage.hpp"
#include "spool/index/schema.hpp"
#include "spool/index/spool_name.hpp"
#include "spool/pack/kept_end.hpp"
#include "spool/pack/pack_name.hpp"
#include "spool/pack/pack_recovery.hpp"
#include "spool/rebuild/recovered_rows.hpp"
#include "spool/rebuild/snapshot.hpp"
#include "spool/store/free_space.hpp"
#include "spool/store/lock_file.hpp"
#include "spool/store/pack_end.hpp"
#include "spool/store/riding.hpp"

#include <algorithm>
#include <unordered_set>

namespace homespool::spool {
namespace {

namespace fs = std::filesystem;
using index::Use;

constexpr const char* kAskedName = "rebuild-index.asked";

std::vector<std::uint32_t> pack_numbers(const fs::path& packs) {
  std::vector<std::uint32_t> numbers;
  for (const auto& entry : fs::directory_iterator(packs))
    if (const auto number = pack_number(entry.path().filename().string())) numbers.push_back(*number);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

class Rebuild {
 public:
  Rebuild(const fs::path& spool, std::chrono::sys_seconds now, const CopyProgress& progress)
      : spool_(spool), now_(now), progress_(progress), reader_(PackReader::open(spool / "packs")) {}

  // Puts in place what is done and was cut off before it had its name. True if there was something.
  bool end_the_last() {
    take_lock();
    if (!fs::exists(whole())) return false;
    put_in_place();
    return true;
  }

  // What is left half done takes no room.
  RebuildReport run() {
    end_the_last();
    try {
      return make();
    } catch (const index::SqliteError& error) {
      const bool full = error.no_space() || has_no_room(spool_);
      remove_rebuilt();
      if (!full) throw;
      throw CopyFailure{"the disk of the spool " + spool_.string() +
                        " is full: its index is made again beside the old one, which needs room for both"};
    } catch (...) {
      remove_rebuilt();
      throw;
    }
  }

 private:
  RebuildReport make() {
    remove_rebuilt();
    report_.log_damaged = index::log_is_damaged(spool_ / "index.db-wal");
    choose_base();
    {
      index::Database database(rebuilt(), index::Database::Access::write);
      index::upgrade_schema(database);
      const auto name = report_.base == RebuildReport::Base::nothing ? name_in_packs() : std::nullopt;
      report_.same_uidls = report_.base != RebuildReport::Base::nothing || name;
      index::ensure_spool_name(database, name);
      if (const auto error = redo_riding(database, spool_ / "packs", {}))
        throw CopyFailure{"the packs cannot be written to: " + error.message()};
      look_at_age(database);
      const auto made = copy_made_at(database), last = last_noted(database);
      database.run("BEGIN IMMEDIATE");
      RecoveredRows rows(database, now_);
      for (const auto pack : pack_numbers(spool_ / "packs")) walk(rows, pack);
      look_for_missing(database, rows);
      note_new_packs(database);
      report_.rows_mended += rows.mend_rows();
      report_.new_uidvalidity = rows.renew_uidvalidities();
      report_.messages = rows.messages();
      // What was given out after the base was written is not known, no more than with a copy.
      if (report_.base == RebuildReport::Base::index && (commits_lost() || !report_.added.empty()))
        database.run(mark_copy(made ? *made : last.value_or(now_)));
      database.run("COMMIT");
      database.checkpoint(true);
    }
    rename_durably(rebuilt(), whole());
    put_in_place();
    return report_;
  }

  fs::path rebuilt() const { return spool_ / "index.db.rebuilt"; }
  fs::path whole() const { return spool_ / kWholeName; } // the same, once it is done

  void remove_rebuilt() const {
    std::error_code error;
    for (const char* behind : {"", "-wal", "-shm", "-journal"})
      fs::remove(rebuilt().string() + behind, error);
  }

  void take_lock() {
    if (!fs::is_directory(spool_ / "packs")) throw CopyFailure{"there is no spool in " + spool_.string()};
    if (fs::exists(spool_ / kRestoringName))
      throw CopyFailure{spool_.string() +
                        " was not put back to the end: 'homespool restore BACKUP' goes on with it"};
    auto lock = LockFile::take(spool_ / "lock");
    if (!lock) throw lock.error();
    lock_ = std::move(*lock);
  }

  // The best there is, as a file of its own.
  void choose_base() {
    if (take_base(spool_ / "index.db", {})) {
      report_.base = RebuildReport::Base::index;
    } else if (take_base(spool_ / kSnapshotName, {})) {
      report_.base = RebuildReport::Base::snapshot;
    } else {
      for (const char* behind : {"", "-journal"}) fs::remove(rebuilt().string() + behind);
      index::Database fresh(rebuilt(), index::Database::Access::write);
      index::upgrade_schema(fresh);
      fresh.run(mark_copy(now_));
    }
  }

  bool take_base(const fs::path& file, const std::string& then) {
    OpenedIndex opened = open_index_to_check(file);
    if (!opened.database) {
      if (opened.findings.front().kind == "index-newer") throw CopyFailure{opened.findings.front().what};
      if (report_.why.empty()) report_.why = opened.findings.front().what;
      return false;
    }
    try {
      progress_("checking what is there of the index", 0, 1, "");
      index::Statement pages(opened.database->handle(), "PRAGMA quick_check");
      if (!pages.step() || pages.bytes(0) != "ok") {
        if (report_.why.empty()) report_.why = damaged_index(pages.text(0)).what;
        return false;
      }
      pages.reset();
      report_.base_made = copy_made_at(*opened.database).value_or(now_);
      index::copy_database(*opened.database, rebuilt(), then,
                           [this](std::uint64_t done, std::uint64_t total) {
                             progress_("copying what is there of the index", done, total, "pages");
                           });
      return true;
    } catch (const index::SqliteError& error) {
      if (report_.why.empty()) report_.why = error.what();
      return false;
    }
  }

  void look_at_age(index::Database& database) {
    end_of_base_ = end_of_packs(database);
    const auto fault = check_age_of_index(spool_ / "packs", end_of_base_);
    if (fault && fault != Error::index_is_old)
      throw CopyFailure{"the packs cannot be read: " + fault.message()};
    report_.older = fault && report_.base == RebuildReport::Base::index;
  }

  bool commits_lost() const { return report_.log_damaged || report_.older; }

  // UIDLs are made of it; records of the first format do not tell.
  std::optional<std::uint32_t> name_in_packs() const {
    for (const auto pack : pack_numbers(spool_ / "packs")) {
      auto walk = PackWalk::open(spool_ / "packs", pack);
      while (walk) {
        const auto record = walk->next();
        if (!record) break;
        if (record->info.spool != 0) return record->info.spool;
      }
    }
    return std::nullopt;
  }

  bool base_knew(const Location& at) const {
    if (at.pack > kFirstSingle) return at.pack <= end_of_base_.single;
    return std::pair(at.pack, at.offset) < std::pair(end_of_base_.pack, end_of_base_.offset);
  }

  void walk(RecoveredRows& rows, std::uint32_t pack) {
    auto walk = PackWalk::open(spool_ / "packs", pack);
    if (!walk) {
      report_.gaps.push_back({pack, 0, 0});
      return;
    }
    while (const auto record = walk->next()) {
      take(rows, *record);
      progress_("reading " + std::string(pack > kFirstSingle ? "large messages" : pack_name(pack)),
                walk->position(), walk->size(), "bytes");
    }
    report_.gaps.insert(report_.gaps.end(), walk->gaps().begin(), walk->gaps().end());
    ++report_.packs;
  }

  void take(RecoveredRows& rows, const WalkedRecord& record) {
    const auto known = rows.known(record.info.record);
    if (!known && rows.is_older_than_base(record.info.record) && base_knew(record.at)) return; // given up
    const bool at_its_place =
        known && known->at.pack == record.at.pack && known->at.offset == record.at.offset;
    if (found_.contains(record.info.record.value) && !at_its_place) return pass_over(record);
    std::string message(record.at.size, '\0');
    if (reader_->read(record.at, 0, message)) {
      damaged_.insert(record.info.record.value);
      if (!known) report_.gaps.push_back({record.at.pack, record.at.offset, record_end(record.at)});
      return;
    }
    found_.insert(record.info.record.value);
    if (known && !at_its_place) {
      auto& last = moved_up_to_[known->at.pack];
      last = std::max(last, known->at.offset);
    }
    if (known && !rows.is_homeless(record.info.record)) {
      report_.rows_mended += rows.settle(record, message) ? 1 : 0;
    } else {
      report_.added.push_back(rows.add(record, message));
    }
  }

  void pass_over(const WalkedRecord& record) {
    ++report_.duplicates;
    if (!base_knew(record.at)) dead_[record.at.pack] += record_end(record.at) - record.at.offset;
  }

  // Nothing is written where the base did not know of something, and no number of a pack is given again; what
  // of them no row names is dead.
  void note_new_packs(index::Database& database) {
    std::uint32_t last = end_of_base_.pack, single = end_of_base_.single;
    for (const auto number : pack_numbers(spool_ / "packs")) {
      auto& highest = number <= kFirstSingle ? last : single;
      highest = std::max(highest, number);
    }
    const auto kept = read_kept_end(spool_ / "packs").value_or(KeptEnd());
    last = std::max(last, kept.pack);
    single = std::max(single, kept.single);
    const bool all_known =
        last == end_of_base_.pack && single == end_of_base_.single && !kept.is_ahead_of(end_of_base_);
    if (all_known && report_.base == RebuildReport::Base::index) return;
    note_end_of_packs(database, last + 1, single);
    for (const auto& [pack, bytes] : dead_) {
      Use dead(database.prepare("INSERT INTO dead_space(pack, bytes) VALUES(:pack, :bytes) "
                                "ON CONFLICT(pack) DO UPDATE SET bytes=bytes + :bytes"));
      dead->bind(":pack", pack).bind(":bytes", static_cast<std::int64_t>(bytes)).run();
    }
  }

  // Records of the base that were not found: lost, or given up since it was made.
  void look_for_missing(index::Database& database, RecoveredRows& rows) {
    std::vector<RecordRow> missing;
    {
      Use all(database.prepare(kAllRecords));
      while (all->step())
        if (!found_.contains(all->integer(0))) missing.push_back(record_row(*all));
    }
    const bool is_of_earlier = report_.base == RebuildReport::Base::snapshot || commits_lost();
    for (const RecordRow& row : missing) {
      if (is_of_earlier && !damaged_.contains(row.id.value) && was_given_up(row.at)) {
        rows.forget(row.id);
        ++report_.forgotten;
        continue;
      }
      const auto messages = messages_of(database, row.id);
      report_.unreadable.insert(report_.unreadable.end(), messages.begin(), messages.end());
    }
  }

  bool was_given_up(const Location& at) const {
    const fs::path pack = spool_ / "packs" / pack_name(at.pack);
    if (!fs::exists(pack)) { // rewritten in order of places, else lost
      const auto moved = moved_up_to_.find(at.pack);
      return moved != moved_up_to_.end() && at.offset < moved->second;
    }
    if (record_end(at) > size_of(pack)) return false;
    return std::none_of(report_.gaps.begin(), report_.gaps.end(), [&at](const PackGap& gap) {
      return gap.pack == at.pack && gap.begin < record_end(at) && at.offset < gap.end;
    });
  }

  // Of when the new one was made; two may be made within a second.
  std::string old_name() const {
    const auto time = std::chrono::file_clock::to_sys(fs::last_write_time(whole())).time_since_epoch();
    auto made = std::chrono::floor<std::chrono::seconds>(time).count();
    const auto name = [&] { return (spool_ / "index.db.old-").string() + std::to_string(made); };
    while (fs::exists(spool_ / "index.db") && fs::exists(name())) ++made;
    return name();
  }

  // The old one goes first, with its log: a log of another file must never stand beside the new one. They get
  // one name also when this is cut off between them.
  void put_in_place() {
    const std::string old = old_name();
    for (const char* behind : {"-shm", "-wal", ""}) {
      const std::string file = (spool_ / "index.db").string() + behind;
      if (fs::exists(file)) fs::rename(file, old + behind);
    }
    sync_names(spool_);
    for (const char* behind : {"", "-wal", "-shm"})
      fs::remove((spool_ / "search.db").string() + behind); // of the old one
    rename_durably(whole(), spool_ / "index.db");
    give_to_owner(spool_);
  }

  fs::path spool_;
  std::chrono::sys_seconds now_;
  const CopyProgress& progress_;
  std::shared_ptr<PackReader> reader_;
  std::unique_ptr<LockFile> lock_;
  std::unordered_set<std::int64_t> found_, damaged_; // records
  std::map<std::uint32_t, std::uint64_t> dead_;      // by pack: bytes that the base did not know, passed over
  PackWriter::End end_of_base_;
  std::map<std::uint32_t, std::uint64_t> moved_up_to_; // by pack: its last record that lies elsewhere now
  RebuildReport report_;
};

std::string came_of(const char* why, const RebuildReport& report) {
  return std::string(why) + (report.why.empty() ? "" : " (" + report.why + ")") + ": " +
         std::to_string(report.messages) + " messages, of which " + std::to_string(report.added.size()) +
         " were added from the packs and " + std::to_string(report.unreadable.size()) + " cannot be read";
}

} // namespace

boost::system::result<RebuildReport, OpenFailure>
rebuild_index(const fs::path& spool, std::chrono::sys_seconds now, const CopyProgress& progress) {
  using Outcome = boost::system::result<RebuildReport, OpenFailure>;
  return without_throwing<Outcome>([&] { return Rebuild(spool, now, progress).run(); });
}

bool ask_for_rebuild(const fs::path& spool) {
  try {
    copy_file("/dev/null", spool / kAskedName, 0, {});
    give_to_owner(spool);
    return true;
  } catch (const CopyFailure&) {
    return false;
  }
}

boost::system::result<std::optional<std::string>, OpenFailure>
rebuild_if_asked(const fs::path& spool, std::chrono::sys_seconds now, const CopyProgress& progress) {
  using Outcome = boost::system::result<std::optional<std::string>, OpenFailure>;
  return without_throwing<Outcome>([&]() -> std::optional<std::string> {
    std::error_code error;
    const bool ended = fs::exists(spool / kWholeName, error) && Rebuild(spool, now, progress).end_the_last();
    if (!index::log_is_damaged(spool / "index.db-wal") && !fs::exists(spool / kAskedName, error)) {
      if (!ended) return std::nullopt;
      return "the index that was made again when the last run ended was put in place";
    }
    const RebuildReport report = Rebuild(spool, now, progress).run();
    fs::remove(spool / kAskedName, error);
    return came_of(report.log_damaged
                       ? "the log of the index is damaged, the last changes may be lost; it was made again"
                       : "the index was made again as 'homespool rebuild-index' asked for",
                   report);
  });
}

boost::system::result<std::string, OpenFailure>
rebuild_old_index(const fs::path& spool, std::chrono::sys_seconds now, const CopyProgress& progress) {
  using Outcome = boost::system::result<std::string, OpenFailure>;
  return without_throwing<Outcome>([&] {
    return came_of("the index is older than the packs, changes since then are lost; it was made again",
                   Rebuild(spool, now, progress).run());
  });
}

} // namespace homespool::spool
