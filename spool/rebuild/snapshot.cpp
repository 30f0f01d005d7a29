#include "spool/rebuild/snapshot.hpp"

#include "spool/copy/copied_index.hpp"
#include "spool/copy/files.hpp"
#include "spool/index/copy_database.hpp"
#include "spool/store/free_space.hpp"

namespace homespool::spool {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kQuiet = 60s;
constexpr auto kEvery = 24h;
constexpr auto kAfterMuch = 1h;
constexpr auto kAtTheLatest = 26h;
constexpr std::uint64_t kMuch = 2000; // commits
constexpr std::uint64_t kLeftForMail = 64U << 20U;
constexpr std::uintmax_t kSmall = 64U << 20U;

// Pages of a damaged index are copied as they are: they must not take the place of sound ones.
bool is_sound(const fs::path& copy) {
  index::Database database(copy, index::Database::Access::read);
  index::Statement pages(database.handle(), "PRAGMA quick_check(1)");
  return pages.step() && pages.bytes(0) == "ok";
}

} // namespace

bool snapshot_due(const SnapshotFacts& facts) {
  if (facts.there && facts.commits_since == 0) return false;
  if (facts.there && facts.age >= kAtTheLatest) return true;
  if (facts.quiet_for < kQuiet) return false;
  if (!facts.there || facts.age >= kEvery) return true;
  return facts.age >= kAfterMuch && facts.commits_since >= kMuch;
}

bool make_snapshot(const fs::path& spool, std::chrono::sys_seconds now, const std::function<bool()>& go_on) {
  const fs::path temporary = spool / (std::string(kSnapshotName) + ".new");
  std::error_code error;
  const auto size = fs::file_size(spool / "index.db", error);
  const auto free = free_bytes(spool);
  if (error || (free && *free < 2 * size + kLeftForMail)) return false;
  try {
    index::Database source(spool / "index.db", index::Database::Access::read);
    index::copy_database(source, temporary, mark_copy(now), [&go_on](std::uint64_t, std::uint64_t) {
      if (go_on && !go_on()) throw CopyFailure{"the spool is closing"};
    });
    if (is_sound(temporary)) {
      rename_durably(temporary, spool / kSnapshotName);
      return true;
    }
  } catch (const index::SqliteError&) {
  } catch (const CopyFailure&) {
  }
  std::error_code ignored;
  fs::remove(temporary, ignored);
  return false;
}

bool make_small_snapshot(const fs::path& spool, std::chrono::sys_seconds now) {
  std::error_code error;
  const auto size = fs::file_size(spool / "index.db", error);
  return !error && size <= kSmall && make_snapshot(spool, now);
}

} // namespace homespool::spool
