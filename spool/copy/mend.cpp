#include "spool/copy/mend_records.hpp"

#include "spool/check/record_check.hpp"
#include "spool/check/record_rows.hpp"
#include "spool/copy/backup.hpp"
#include "spool/copy/check_copy.hpp"
#include "spool/copy/copied_index.hpp"
#include "spool/copy/files.hpp"
#include "spool/index/schema.hpp"
#include "spool/pack/pack_disk.hpp"
#include "spool/pack/pack_name.hpp"
#include "spool/pack/pack_record.hpp"
#include "spool/store/lock_file.hpp"

#include <array>
#include <fcntl.h>

namespace homespool::spool {
namespace {

namespace fs = std::filesystem;
using index::Use;

class Mend {
 public:
  Mend(const MendPlace& from, const MendPlace& to, const CopyProgress& progress)
      : from_(from), to_(to), progress_(progress), sound_(from.directory / "packs"),
        mended_(to.directory / "packs") {}

  MendedRecords run() {
    std::uint64_t seen = 0;
    const std::uint64_t total = count_records(to_.index);
    Use rows(to_.index.prepare(kAllRecords));
    while (rows->step()) {
      look_at(record_row(*rows));
      progress_("looking for damage", ++seen, total, "records");
    }
    sync_names(to_.directory / "packs");
    return std::move(done_);
  }

 private:
  static std::optional<Finding> fault(RecordCheck& check, index::Database& index, const RecordRow& row) {
    if (auto found = check.header(row)) return found;
    Use structure(index.prepare(kStructure));
    structure->bind(":record", row.id.value);
    if (!structure->step()) return std::nullopt; // of the index, not of the bytes
    return check.whole(row, structure_row(*structure));
  }

  void look_at(const RecordRow& row) {
    const auto found = fault(mended_, to_.index, row);
    if (!found || !(found->kind.starts_with("pack-") || found->kind == "record-damaged")) return;
    Use find(from_.index.prepare(kOneRecord));
    find->bind(":record", row.id.value);
    if (!find->step()) return; // it has none
    const RecordRow saved = record_row(*find);
    if (saved.at.size != row.at.size || saved.at.body - saved.at.offset != row.at.body - row.at.offset ||
        fault(sound_, from_.index, saved))
      return;
    put_back(saved.at, row.at);
    done_.records.push_back(row.id);
  }

  void put_back(const Location& from, const Location& to) {
    PackDisk disk;
    const fs::path source = from_.directory / "packs" / pack_name(from.pack);
    const fs::path target = to_.directory / "packs" / pack_name(to.pack);
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
    done_.bytes += length;
    done_.packs.try_emplace(to.pack, 0);
  }

  MendPlace from_, to_;
  const CopyProgress& progress_;
  RecordCheck sound_, mended_;
  MendedRecords done_;
};

// What is whole again is served again at once.
void forget_damage(const fs::path& spool, const std::vector<RecordId>& records) {
  index::Database index(spool / "index.db", index::Database::Access::write);
  index.run("BEGIN IMMEDIATE");
  for (const RecordId record : records) {
    Use forget(index.prepare("DELETE FROM damaged WHERE record=:record"));
    forget->bind(":record", record.value).run();
  }
  index.run("COMMIT");
}

CopyReport mend_spool(const fs::path& backup, const fs::path& spool, const CopyProgress& progress) {
  auto lock = LockFile::take(spool / "lock");
  if (!lock) throw lock.error();
  const auto index = open_sound_index(spool, IndexOf::spool);
  const auto old = open_sound_index(backup, IndexOf::backup);
  if (index::meta(*index, "spool_id") != index::meta(*old, "spool_id"))
    throw CopyFailure{backup.string() + " is not a backup of this spool"};
  const MendedRecords mended = mend_records({backup, *old}, {spool, *index}, progress);
  CopyReport report;
  report.records = count_records(*index);
  report.records_mended = mended.records.size();
  report.bytes_copied = mended.bytes;
  if (!mended.records.empty()) forget_damage(spool, mended.records);
  give_to_owner(spool);
  report.findings = check_copy(files_of(spool), mended.packs, progress);
  return report;
}

} // namespace

MendedRecords mend_records(const MendPlace& from, const MendPlace& to, const CopyProgress& progress) {
  return Mend(from, to, progress).run();
}

CopyOutcome mend(const fs::path& backup, const fs::path& spool, const CopyProgress& progress) {
  return without_throwing([&] { return mend_spool(backup, spool, progress); });
}

} // namespace homespool::spool
