#include "spool/store/riding.hpp"

#include "spool/checksum.hpp"
#include "spool/pack/pack_disk.hpp"
#include "spool/pack/pack_name.hpp"
#include "spool/pack/pack_record.hpp"
#include "spool/pack/pack_scan.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>

namespace homespool::spool {
namespace {

using boost::system::error_code;
using index::Use;

std::int64_t sum_of(std::uint32_t pack, std::uint64_t offset, std::string_view bytes) {
  return static_cast<std::int64_t>(checksum(bytes, std::uint64_t{pack} << 40U ^ offset));
}

struct Row {
  std::uint32_t pack = 0;
  std::uint64_t offset = 0;
  std::string bytes;
};

// One that a flipped bit or a hostile hand changed is not to be followed.
std::optional<Row> sound_row(const index::Statement& row) {
  Row found;
  const auto pack = row.integer(0), offset = row.integer(1);
  if (pack < 1 || pack > kFirstSingle || offset < 0 ||
      offset > static_cast<std::int64_t>(PackWriter::kSealAt))
    return std::nullopt;
  found.pack = static_cast<std::uint32_t>(pack);
  found.offset = static_cast<std::uint64_t>(offset);
  found.bytes = row.bytes(3);
  if (found.bytes.size() > Riding::kMaxBatch ||
      sum_of(found.pack, found.offset, found.bytes) != row.integer(2))
    return std::nullopt;
  return found;
}

class Redo {
 public:
  Redo(const std::filesystem::path& packs, const PackWriter::Finding& finding)
      : packs_(packs), finding_(finding) {}

  error_code write(const Row& row) {
    const auto path = packs_ / pack_name(row.pack);
    const auto file = open_file(disk_, path, O_RDWR);
    // Another fault may pass, and this may be the only copy.
    if (!file && file.error() != boost::system::errc::no_such_file_or_directory) return file.error();
    if (!file) return tell(path.string() + " is missing: some messages cannot be read");
    std::string there(row.bytes.size(), '\0');
    if (!read_exactly(*file, row.offset, there) && there == row.bytes) return sync_file(disk_, *file);
    if (holds_another(*file, row))
      return tell(path.string() + " has other messages where the index has some that were stored last");
    std::array parts = {iovec{const_cast<char*>(row.bytes.data()), row.bytes.size()}};
    if (auto fault = write_all(disk_, *file, parts, row.offset)) return fault;
    return sync_file(disk_, *file);
  }

  error_code tell(const std::string& sentence) {
    if (finding_) finding_(sentence);
    return {};
  }

 private:
  // A whole record that is not ours: the packs are newer than this index, and all there is of it.
  static bool holds_another(const DiskFile& file, const Row& row) {
    const auto ours = decode_header(row.bytes);
    bool another = false;
    const auto visit = [&](const RecordInfo& info, const Location&) {
      another = !ours || info.record != ours->info.record || info.batch != ours->info.batch;
      return false;
    };
    static_cast<void>(scan_pack(file, row.pack, row.offset, visit));
    return another;
  }

  PackDisk disk_;
  const std::filesystem::path& packs_;
  const PackWriter::Finding& finding_;
};

} // namespace

bool Riding::get_on(index::Database& database, const std::optional<PackWriter::Gathered>& gathered) {
  if (!gathered || gathered->bytes.size() > kMaxBatch || riding_ + gathered->bytes.size() > kMaxTogether)
    return false;
  Use put(database.prepare(
      "INSERT OR REPLACE INTO riding(pack, offset, sum, bytes) VALUES(:pack, :offset, :sum, :bytes)"));
  put->bind(":pack", gathered->pack)
      .bind(":offset", static_cast<std::int64_t>(gathered->offset))
      .bind(":sum", sum_of(gathered->pack, gathered->offset, gathered->bytes))
      .bind_blob(":bytes", gathered->bytes)
      .run();
  riding_ += gathered->bytes.size();
  return true;
}

void Riding::get_off(index::Database& database) {
  if (riding_ == 0) return;
  database.prepare("DELETE FROM riding").run();
  riding_ = 0;
}

void Riding::take_over(index::Database& database) {
  Use size(database.prepare("SELECT total(length(bytes)) FROM riding"));
  riding_ = committed_ = size->step() ? static_cast<std::size_t>(size->integer(0)) : 0;
}

namespace {

// Without room they stay: to write them again once more does no harm.
void drop_riding(index::Database& database) {
  try {
    database.run("BEGIN IMMEDIATE");
    database.run("DELETE FROM riding");
    database.run("COMMIT");
  } catch (const index::SqliteError& error) {
    if (!error.no_space()) throw;
    if (database.in_transaction()) database.run("ROLLBACK");
  }
}

} // namespace

error_code redo_riding(index::Database& database, const std::filesystem::path& packs,
                       const PackWriter::Finding& finding) {
  Redo redo(packs, finding);
  bool any = false;
  {
    Use rows(database.prepare("SELECT pack, offset, sum, bytes FROM riding ORDER BY pack, offset"));
    while (rows->step()) {
      any = true;
      const auto row = sound_row(*rows);
      if (auto fault =
              row ? redo.write(*row) : redo.tell("the index is damaged where messages stored last rode"))
        return fault;
    }
  }
  if (any) drop_riding(database);
  return {};
}

} // namespace homespool::spool
