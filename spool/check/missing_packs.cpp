#include "spool/check/missing_packs.hpp"

#include "spool/copy/copied_index.hpp"
#include "spool/copy/files.hpp"
#include "spool/pack/pack_name.hpp"

namespace homespool::spool {
namespace {

using index::Use;

constexpr std::size_t kTold = 20;

// Asked anew: a pack is removed after the index has named it for the last time, so that one that was removed
// meanwhile is not named now.
bool is_still_named(index::Database& database, std::uint32_t pack, std::uint64_t size) {
  Use row(database.prepare("SELECT 1 FROM record WHERE pack=:pack AND body + size>:size LIMIT 1"));
  row->bind(":pack", pack).bind(":size", static_cast<std::int64_t>(size));
  return row->step();
}

// Messages of the pack whose record ends behind `size`.
std::int64_t messages_behind(index::Database& database, std::uint32_t pack, std::uint64_t size) {
  Use count(database.prepare("SELECT count(*) FROM record r JOIN message m ON m.record=r.id "
                             "WHERE r.pack=:pack AND r.body + r.size>:size"));
  count->bind(":pack", pack).bind(":size", static_cast<std::int64_t>(size));
  return count->step() ? count->integer(0) : 0;
}

} // namespace

std::vector<std::string> missing_packs(const std::filesystem::path& spool) {
  std::vector<std::string> sentences;
  try {
    index::Database database(spool / "index.db", index::Database::Access::read);
    for (const auto& [pack, end] : pack_ends(database)) {
      const auto size = size_of(spool / "packs" / pack_name(pack));
      if (size >= end || !is_still_named(database, pack, size)) continue;
      if (sentences.size() == kTold) {
        sentences.push_back("and more packs are missing or cut: 'homespool verify' lists them");
        break;
      }
      sentences.push_back(
          "packs/" + pack_name(pack) + (size == 0 ? " is missing: " : " ends early: ") +
          std::to_string(messages_behind(database, pack, size)) +
          " messages cannot be read; 'homespool verify' lists them, 'homespool restore --mend BACKUP' "
          "puts them back");
    }
  } catch (const index::SqliteError&) {
    // Whoever reads the index tells of it.
  }
  return sentences;
}

} // namespace homespool::spool
