// Opening a spool: the lock, the directories, the index, the packs.
#include "spool/copy/backup.hpp"
#include "spool/copy/copied_index.hpp"
#include "spool/error.hpp"
#include "spool/index/by_day.hpp"
#include "spool/index/expected_schema.hpp"
#include "spool/index/page_sums.hpp"
#include "spool/index/schema.hpp"
#include "spool/index/spool_name.hpp"
#include "spool/pack/pack_name.hpp"
#include "spool/rebuild/rebuild.hpp"
#include "spool/rebuild/snapshot.hpp"
#include "spool/store/free_space.hpp"
#include "spool/store/pack_end.hpp"
#include "spool/store/store.hpp"

#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace homespool::spool {
namespace {

// Opening ends at the first fault.
[[noreturn]] void fail(const std::filesystem::path& directory, const std::string& why) {
  throw OpenFailure{false, "the spool " + directory.string() + " " + why};
}

void sync_directory(const std::filesystem::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool done = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (!done) fail(directory, std::string("cannot be written to: ") + std::strerror(errno));
}

void make_directory(const std::filesystem::path& directory) {
  std::error_code error;
  const auto parent = std::filesystem::absolute(directory / "").parent_path().parent_path(); // "a/b/" too
  std::filesystem::create_directories(parent, error);
  if (::mkdir(directory.c_str(), 0700) == 0) {
    sync_directory(parent);
  } else if (errno != EEXIST) {
    fail(directory, std::string("cannot be made: ") + std::strerror(errno));
  }
}

// Made beforehand so that only its owner can read it; SQLite gives its other files the same mode.
void make_private_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) fail(file.parent_path(), std::string("cannot be written to: ") + std::strerror(errno));
  ::close(descriptor);
}

bool has_packs(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::directory_iterator at(directory / "packs", error);
  for (const std::filesystem::directory_iterator none; !error && at != none; at.increment(error)) {
    std::error_code ignored;
    if (pack_number(at->path().filename().string()) && at->file_size(ignored) > 0) return true;
  }
  return false;
}

std::string made_again(std::string what) {
  what += ": 'homespool rebuild-index' makes it again";
  return what;
}

// Opened as a new spool, these would lose what they hold.
void refuse_what_is_not_whole(const std::filesystem::path& directory) {
  std::error_code error;
  if (std::filesystem::exists(directory / kRestoringName, error))
    fail(directory, "was not put back to the end: 'homespool restore BACKUP' goes on with it");
  if (!std::filesystem::exists(directory / "index.db", error) && has_packs(directory))
    fail(directory, made_again("has packs of messages but no index.db"));
}

std::uint32_t seconds_of(std::chrono::sys_seconds time) {
  return static_cast<std::uint32_t>(time.time_since_epoch().count());
}

bool is_whole(index::Database& database) {
  index::Statement check(database.handle(), "PRAGMA quick_check(1)");
  return check.step() && check.bytes(0) == "ok";
}

std::unique_ptr<index::Database> open_index(const std::filesystem::path& directory) {
  const auto file = directory / "index.db";
  make_private_file(file);
  auto database = std::make_unique<index::Database>(file, index::Database::Access::write);
  if (index::schema_version(*database) > index::kSchemaVersion) {
    fail(directory, "was written by a newer version of homespool; this one cannot read it");
  }
  if (index::schema_version(*database) == 0 && has_packs(directory))
    fail(directory, made_again("has packs of messages but an empty index.db"));
  if (const auto fault = index::schema_fault(*database)) {
    fail(directory, "has an index that is not to be trusted: it " + *fault +
                        "; move index.db away, and 'homespool rebuild-index' makes it again");
  }
  if (!index::first_page_holds(file) && !is_whole(*database))
    fail(directory, made_again("has an index that is damaged"));
  index::upgrade_schema(*database);
  index::ensure_spool_name(*database);
  return database;
}

std::vector<ClientSeen> read_clients(index::Database& database) {
  std::vector<ClientSeen> clients;
  index::Use rows(
      database.prepare("SELECT login, protocol, last_seen, hidden_deletes, refused_deletes FROM client"));
  while (rows->step()) {
    ClientSeen client;
    client.login = rows->text(0);
    client.protocol = rows->text(1);
    client.last_seen = std::chrono::sys_seconds{std::chrono::seconds{rows->integer(2)}};
    client.hidden_deletes = static_cast<std::uint64_t>(rows->integer(3));
    client.refused_deletes = static_cast<std::uint64_t>(rows->integer(4));
    clients.push_back(std::move(client));
  }
  return clients;
}

struct Files {
  std::unique_ptr<LockFile> lock;
  std::unique_ptr<index::Database> database;
  std::unique_ptr<PackWriter> packs;
};

// Nothing, and nothing held, if the index is older than the packs: it is taken over, if it is a copy, when
// what it does not know has come back. The new UIDVALIDITY is the time: two copies of one spool that are put
// to use must not give the same numbers.
std::optional<Files> open_files(const OpenOptions& options, std::chrono::sys_seconds now) {
  const auto& directory = options.settings.directory;
  Files files;
  auto lock = LockFile::take(directory / "lock");
  if (!lock) throw lock.error();
  files.lock = std::move(*lock);
  refuse_what_is_not_whole(directory);
  make_directory(directory / "packs");
  files.database = open_index(directory);
  sync_directory(directory);
  if (const auto fault = redo_riding(*files.database, directory / "packs", options.on_finding))
    fail(directory, "cannot be written to: " + fault.message());
  auto end = end_of_packs(*files.database);
  end.spool = index::spool_number(*files.database);
  auto packs = PackWriter::open(directory / "packs", end, options.on_finding);
  if (!packs && packs.error() == Error::index_is_old) return std::nullopt;
  if (!packs) fail(directory, "cannot open its packs: " + packs.error().message());
  files.packs = std::move(*packs);
  take_over_copy(*files.database, seconds_of(now));
  return files;
}

Files open_files_or_rebuild(const OpenOptions& options, std::chrono::sys_seconds now) {
  const auto tell = [&options](const std::string& what) {
    if (options.on_finding) options.on_finding(what);
  };
  const auto& directory = options.settings.directory;
  const CopyProgress progress = [&options](auto...) { options.on_rebuilding(); };
  const auto asked = rebuild_if_asked(directory, now, progress);
  if (!asked) throw asked.error();
  if (*asked) tell(**asked);
  if (auto files = open_files(options, now)) return std::move(*files);
  const auto rebuilt = rebuild_old_index(directory, now, progress);
  if (!rebuilt) throw rebuilt.error();
  tell(*rebuilt);
  auto files = open_files(options, now);
  if (!files) fail(directory, "has an index that is older than its packs, again and again");
  return std::move(*files);
}

std::unique_ptr<Spool> open_store(OpenOptions options) {
  const auto directory = options.settings.directory;
  const auto now = std::chrono::floor<std::chrono::seconds>(options.now());
  make_directory(directory);
  auto [lock, database, packs] = open_files_or_rebuild(options, now);
  Store::Parts parts;
  parts.lock = std::move(lock);
  parts.spool_id = index::meta(*database, "spool_id").value_or("");
  parts.hash_seed = index::meta_number<std::uint64_t>(*database, "hash_seed").value_or(0);
  parts.hashes_by_day = index::meta(*database, kHashesKey) == kHashesByDay;
  parts.packs = PackReader::open(directory / "packs");
  parts.published = std::make_shared<Published>();
  parts.published->put(read_clients(*database));
  if (!std::filesystem::exists(directory / kSnapshotName)) make_small_snapshot(directory, now);
  parts.books = std::make_unique<Books>(std::move(database), std::move(packs), parts.packs, options);
  parts.options = std::move(options);
  return std::make_unique<Store>(std::move(parts));
}

} // namespace

boost::system::result<std::unique_ptr<Spool>, OpenFailure> Spool::open(OpenOptions options) {
  const std::filesystem::path directory = options.settings.directory;
  const std::string name = directory.string();
  try {
    return open_store(std::move(options));
  } catch (const OpenFailure& failure) {
    return failure;
  } catch (const std::logic_error&) { // a number in `meta` that is none
    return OpenFailure{false, "the index of the spool " + name +
                                  " is damaged: 'homespool rebuild-index' makes it again"};
  } catch (const index::SqliteError& error) {
    if (error.no_space() || has_no_room(directory))
      return OpenFailure{false, "the disk of the spool " + name + " is full: it needs some room to start"};
    return OpenFailure{false, "the index of the spool " + name + " cannot be used (" + error.what() +
                                  "): 'homespool rebuild-index' makes it again"};
  }
}

} // namespace homespool::spool
