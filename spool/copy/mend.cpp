// Puts single records back from a backup, in place: a record of a checksum of its own is either there or not.
#include "spool/check/record_check.hpp"
#include "spool/check/record_rows.hpp"
#include "spool/copy/backup.hpp"
#include "spool/copy/check_copy.hpp"
#include "spool/copy/copied_index.hpp"
#include "spool/copy/files.hpp"
#include "spool/index/schema.hpp"
#include "spool/pack_disk.hpp"
#include "spool/pack_name.hpp"
#include "spool/pack_record.hpp"
#include "spool/store/lock_file.hpp"

#include <array>
#include <fcntl.h>

namespace homespool::spool {
namespace {

namespace fs = std::filesystem;
using index::Use;

class Mend {
 public:
  Mend(const fs::path& backup, const fs::path& spool, const CopyProgress& progress)
      : backup_(backup), spool_(spool), progress_(progress), in_spool_(spool / "packs"),
        in_backup_(backup / "packs") {}

  CopyReport run() {
    auto lock = LockFile::take(spool_ / "lock");
    if (!lock) throw lock.error();
    const auto index = open_sound_index(spool_);
    const auto old = open_sound_index(backup_);
    if (index::meta(*index, "spool_id") != index::meta(*old, "spool_id"))
      throw CopyFailure{backup_.string() + " is not a backup of this spool"};
    std::uint64_t done = 0;
    report_.records = count_records(*index);
    Use rows(index->prepare(kAllRecords));
    while (rows->step()) {
      look_at(*index, *old, record_row(*rows));
      progress_("looking for damage", ++done, report_.records, "records");
    }
    sync_names(spool_ / "packs");
    give_to_owner(spool_);
    report_.findings = check_copy(files_of(spool_), mended_, progress_);
    return report_;
  }

 private:
  static std::optional<Finding> fault(RecordCheck& check, index::Database& index, const RecordRow& row) {
    if (auto found = check.header(row)) return found;
    Use structure(index.prepare(kStructure));
    structure->bind(":record", row.id.value);
    if (!structure->step()) return std::nullopt; // of the index, not of the bytes
    return check.whole(row, structure_row(*structure));
  }

  void look_at(index::Database& index, index::Database& old, const RecordRow& row) {
    const auto found = fault(in_spool_, index, row);
    if (!found || !(found->kind.starts_with("pack-") || found->kind == "record-damaged")) return;
    Use find(old.prepare(kOneRecord));
    find->bind(":record", row.id.value);
    if (!find->step()) return; // came after the backup
    const RecordRow saved = record_row(*find);
    if (saved.at.size != row.at.size || saved.at.body - saved.at.offset != row.at.body - row.at.offset ||
        fault(in_backup_, old, saved))
      return;
    put_back(saved.at, row.at);
  }

  void put_back(const Location& from, const Location& to) {
    PackDisk disk;
    const fs::path source = backup_ / "packs" / pack_name(from.pack);
    const fs::path target = spool_ / "packs" / pack_name(to.pack);
    const auto file = open_file(disk, source, O_RDONLY);
    const auto into = open_file(disk, target, O_RDWR | O_CREAT);
    if (!file || !into) throw CopyFailure{(file ? target : source).string() + " cannot be opened"};
    std::string buffer;
    const std::uint64_t length = record_end(from) - from.offset;
    for (std::uint64_t done = 0; done < length; done += buffer.size()) {
      buffer.resize(std::min<std::uint64_t>(length - done, 1U << 20U));
      auto error = read_exactly(*file, from.offset + done, buffer);
      std::array parts{iovec{buffer.data(), buffer.size()}};
      if (!error) error = write_all(disk, *into, parts, to.offset + done);
      if (error) throw CopyFailure{target.string() + " cannot be mended: " + error.message()};
    }
    if (const auto error = sync_file(disk, *into))
      throw CopyFailure{target.string() + " cannot be written: " + error.message()};
    ++report_.records_mended;
    report_.bytes_copied += length;
    mended_.try_emplace(to.pack, 0);
  }

  fs::path backup_, spool_;
  const CopyProgress& progress_;
  RecordCheck in_spool_, in_backup_;
  NewBytes mended_;
  CopyReport report_;
};

} // namespace

CopyOutcome mend(const fs::path& backup, const fs::path& spool, const CopyProgress& progress) {
  return without_throwing([&] { return Mend(backup, spool, progress).run(); });
}

} // namespace homespool::spool
