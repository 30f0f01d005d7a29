#include "spool/copy/backup.hpp"

#include "spool/check/index_check.hpp"
#include "spool/check/record_rows.hpp"
#include "spool/copy/check_copy.hpp"
#include "spool/copy/copied_index.hpp"
#include "spool/copy/files.hpp"
#include "spool/copy/mend_records.hpp"
#include "spool/copy/pack_pin.hpp"
#include "spool/index/copy_database.hpp"
#include "spool/index/schema.hpp"
#include "spool/pack/pack_name.hpp"
#include "spool/store/lock_file.hpp"

#include <set>

namespace homespool::spool {
namespace {

namespace fs = std::filesystem;

// What a folder of backups may hold, finished or broken off.
const std::set<std::string> kOwnNames{
    "index.db", "index.db.new", "index.db.new-journal", "packs",      "tls", "lock",
    kUsesName,  "uses.new",     kUnsoundName,           "unsound.new"};

class Backup {
 public:
  Backup(const fs::path& spool, const fs::path& to, BackupCheck check, std::chrono::sys_seconds now,
         const CopyProgress& progress)
      : spool_(spool), to_(fs::absolute(to)), check_(check), now_(now), progress_(progress) {}

  CopyReport run() {
    prepare();
    const auto pin = PackPin::hold(spool_ / "packs"); // before the index is looked at
    copy_index();
    copy_packs();
    copy_certificates(spool_ / "tls", to_ / "tls");
    mend_copy();
    report_.findings = check_copy({candidate(), to_ / "packs"}, from_, progress_);
    note_findings();
    rename_durably(candidate(), to_ / "index.db");
    remove_packs();
    return report_;
  }

 private:
  fs::path candidate() const { return to_ / "index.db.new"; }

  void prepare() {
    const auto inside = fs::weakly_canonical(to_).lexically_relative(fs::weakly_canonical(spool_));
    if (!inside.empty() && *inside.begin() != "..")
      throw CopyFailure{"a backup cannot lie in the spool itself: " + to_.string()};
    if (fs::exists(to_) && !fs::is_directory(to_)) throw CopyFailure{to_.string() + " is not a folder"};
    fs::create_directories(to_.parent_path());
    make_private_directory(to_);
    for (const auto& entry : fs::directory_iterator(to_)) {
      const std::string name = entry.path().filename().string();
      if (!kOwnNames.contains(name))
        throw CopyFailure{to_.string() + " holds other things than a backup (" + name +
                          "); choose an empty folder, or that of an earlier backup"};
    }
    auto lock = LockFile::take(to_ / "lock");
    if (!lock) throw lock.error();
    lock_ = std::move(*lock);
    make_private_directory(to_ / "packs");
  }

  void copy_index() {
    source_ = open_sound_index(spool_, IndexOf::spool);
    const std::string id = index::meta(*source_, "spool_id").value_or("");
    if (fs::exists(to_ / "index.db")) {
      before_ = open_sound_index(to_, IndexOf::backup);
      if (index::meta(*before_, "spool_id") != id || !copy_made_at(*before_))
        throw CopyFailure{to_.string() + " is not a backup of this spool; choose another folder"};
      earlier_ = pack_ends(*before_);
    }
    index::copy_database(*source_, candidate(), mark_copy(now_),
                         [this](std::uint64_t done, std::uint64_t total) {
                           progress_("copying the index", done, total, "pages");
                         });
    index::Database copy(candidate(), index::Database::Access::read);
    wanted_ = pack_ends(copy);
    report_.records = count_records(copy);
  }

  void copy_packs() {
    for (const auto& [pack, end] : wanted_) {
      const auto known = earlier_.find(pack);
      total_ += end - std::min(end, known == earlier_.end() ? 0 : known->second);
    }
    for (const auto& [pack, end] : wanted_) copy_pack(pack, end);
    sync_names(to_ / "packs");
  }

  void copy_pack(std::uint32_t pack, std::uint64_t end) {
    const fs::path source = spool_ / "packs" / pack_name(pack);
    const fs::path target = to_ / "packs" / pack_name(pack);
    const auto known = earlier_.find(pack);
    std::uint64_t kept = known == earlier_.end() ? 0 : known->second;
    if (!fs::exists(source)) { // the check tells, unless an earlier backup has it
      if (kept < end) from_[pack] = kept;
      return;
    }
    if (kept > size_of(target)) kept = 0; // this backup has lost something
    if (kept > 0 && size_of(source) >= kept && !same_history(pack) && !same_tail(source, target, kept))
      throw CopyFailure{
          target.string() + " and " + source.string() +
          " tell different histories: this backup is of another state of the spool, or damaged; "
          "back up into another folder"};
    if (kept >= end) {
      ++report_.packs_kept;
      return;
    }
    from_[pack] = kept;
    if (kept == 0 && known == earlier_.end() && size_of(target) == end && same_tail(source, target, end)) {
      ++report_.packs_kept; // of a backup that was broken off
      return;
    }
    const auto progress = [this](std::uint64_t bytes) {
      report_.bytes_copied += bytes;
      progress_("copying packs", report_.bytes_copied, total_, "bytes");
    };
    if (kept == 0) {
      copy_file(source, target, end, progress);
    } else {
      extend_file(source, target, kept, end, progress);
    }
    ++report_.packs_copied;
  }

  // Did both indexes see the same record at the end of what is kept? Ids are never given twice.
  bool same_history(std::uint32_t pack) const {
    index::Use last(before_->prepare(kLastRecord));
    last->bind(":pack", std::int64_t{pack});
    if (!last->step()) return false;
    const RecordRow before = record_row(*last);
    index::Use find(source_->prepare(kOneRecord));
    find->bind(":record", before.id.value);
    if (!find->step()) return false;
    const RecordRow now = record_row(*find);
    return now.at.pack == before.at.pack && now.at.offset == before.at.offset &&
           now.at.size == before.at.size;
  }

  // What the last backup found damaged, or what has rotted here since, is looked for in the spool.
  void mend_copy() {
    if (check_ == BackupCheck::new_bytes && !fs::exists(to_ / kUnsoundName)) return;
    index::Database copy(candidate(), index::Database::Access::read);
    const MendedRecords mended = mend_records({spool_, copy}, {to_, copy}, progress_);
    report_.records_mended = mended.records.size();
    report_.bytes_copied += mended.bytes;
    for (const auto& [pack, end] : wanted_) from_[pack] = 0;
  }

  void note_findings() {
    if (!report_.findings.empty()) {
      note_number(to_ / kUnsoundName, static_cast<std::int64_t>(report_.findings.size()));
    } else if (fs::remove(to_ / kUnsoundName)) {
      sync_names(to_);
    }
  }

  void remove_packs() {
    for (const auto& entry : fs::directory_iterator(to_ / "packs")) {
      const auto number = pack_number(entry.path().filename().string());
      if (!number || !wanted_.contains(*number)) fs::remove(entry.path());
    }
    sync_names(to_ / "packs");
  }

  fs::path spool_, to_;
  BackupCheck check_;
  std::chrono::sys_seconds now_;
  const CopyProgress& progress_;
  std::unique_ptr<LockFile> lock_;
  std::unique_ptr<index::Database> source_, before_;
  std::map<std::uint32_t, std::uint64_t> earlier_, wanted_;
  NewBytes from_;
  std::uint64_t total_ = 0;
  CopyReport report_;
};

} // namespace

CopyOutcome back_up(const fs::path& spool, const fs::path& to, BackupCheck check,
                    std::chrono::sys_seconds now, const CopyProgress& progress) {
  return without_throwing([&] { return Backup(spool, to, check, now, progress).run(); });
}

} // namespace homespool::spool
