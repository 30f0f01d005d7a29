// Putting a backup back.
#include "spool/check/index_check.hpp"
#include "spool/copy/backup.hpp"
#include "spool/copy/check_copy.hpp"
#include "spool/copy/copied_index.hpp"
#include "spool/copy/files.hpp"
#include "spool/index/copy_database.hpp"
#include "spool/pack/kept_end.hpp"
#include "spool/pack/pack_name.hpp"
#include "spool/rebuild/rebuild.hpp"
#include "spool/rebuild/snapshot.hpp"
#include "spool/store/lock_file.hpp"

#include <algorithm>

namespace homespool::spool {
namespace {

namespace fs = std::filesystem;

class Restore {
 public:
  Restore(const fs::path& backup, const fs::path& spool, const CopyProgress& progress)
      : backup_(backup), spool_(spool), progress_(progress) {}

  CopyReport run() {
    const auto source = open_sound_index(backup_, IndexOf::backup);
    if (!copy_made_at(*source)) throw CopyFailure{backup_.string() + " is a spool in use, not a backup"};
    prepare();
    wanted_ = pack_ends(*source);
    report_.records = count_records(*source);
    for (const auto& [pack, end] : wanted_) total_ += end;
    for (const auto& [pack, end] : wanted_) copy_pack(pack, end);
    sync_names(spool_ / "packs");
    copy_certificates(backup_ / "tls", spool_ / "tls");
    progress_("copying the index", 0, 1, "");
    put_index(*source);
    progress_("copying the index", 1, 1, "");
    give_to_owner(spool_);
    fs::remove(spool_ / kRestoringName);
    sync_names(spool_);
    NewBytes all;
    for (const auto& [pack, end] : wanted_) all[pack] = 0;
    report_.findings = check_copy(files_of(spool_), all, progress_);
    return report_;
  }

 private:
  // What the spool that was there before left beside its index would be taken for the new one's.
  void remove_leftovers() {
    for (const char* name : {"index.db-wal", "index.db-shm", "index.db-journal", kSnapshotName, kWholeName,
                             "search.db", "search.db-wal", "search.db-shm"})
      fs::remove(spool_ / name);
    fs::remove(spool_ / "packs" / kKeptName);
    sync_names(spool_);
  }

  void put_index(index::Database& source) {
    remove_leftovers();
    const auto earlier_uses = read_number(backup_ / kUsesName).value_or(0);
    try {
      note_number(backup_ / kUsesName, earlier_uses + 1);
    } catch (const CopyFailure&) {
      // The backup cannot be written to: the time must tell two uses apart.
    }
    const fs::path candidate = spool_ / "index.db.new";
    index::copy_database(source, candidate, mark_use(earlier_uses), {});
    rename_durably(candidate, spool_ / "index.db");
  }

  void prepare() {
    fs::create_directories(spool_.parent_path());
    make_private_directory(spool_);
    auto lock = LockFile::take(spool_ / "lock");
    if (!lock) throw lock.error();
    lock_ = std::move(*lock);
    const fs::path marker = spool_ / kRestoringName;
    if (!fs::exists(marker)) {
      if (holds_mail())
        throw CopyFailure{"there is a spool in " + spool_.string() +
                          " already, and restore does not overwrite; move it away first"};
      copy_file("/dev/null", marker, 0, {});
    }
    make_private_directory(spool_ / "packs");
  }

  // As a start, or a command beside no daemon, makes it.
  bool is_empty_index() const {
    const auto opened = open_index_to_check(spool_ / "index.db");
    return opened.database && count_records(*opened.database) == 0;
  }

  bool holds_mail() const {
    if (fs::exists(spool_ / "index.db") && !is_empty_index()) return true;
    if (!fs::is_directory(spool_ / "packs")) return false;
    return std::any_of(fs::directory_iterator(spool_ / "packs"), {},
                       [](const auto& entry) { return entry.path().filename() != kKeptName; });
  }

  void copy_pack(std::uint32_t pack, std::uint64_t end) {
    const fs::path source = backup_ / "packs" / pack_name(pack);
    const fs::path target = spool_ / "packs" / pack_name(pack);
    if (!fs::exists(source)) return; // the check tells
    if (fs::exists(target) && size_of(target) == end && same_tail(source, target, end)) {
      ++report_.packs_kept;
      return;
    }
    copy_file(source, target, end, [this](std::uint64_t bytes) {
      report_.bytes_copied += bytes;
      progress_("copying packs", report_.bytes_copied, total_, "bytes");
    });
    ++report_.packs_copied;
  }

  fs::path backup_, spool_;
  const CopyProgress& progress_;
  std::unique_ptr<LockFile> lock_;
  std::map<std::uint32_t, std::uint64_t> wanted_;
  std::uint64_t total_ = 0;
  CopyReport report_;
};

} // namespace

CopyOutcome restore(const fs::path& backup, const fs::path& spool, const CopyProgress& progress) {
  return without_throwing([&] { return Restore(backup, spool, progress).run(); });
}

} // namespace homespool::spool
