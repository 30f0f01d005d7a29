// Packs: append-only files that hold message bytes, readable without the index.
//
// packs/000001.pack …, sealed at 256 MiB; a message above 1 MiB is a pack by itself, packs/s000001.pack …
// A record is
//   header   fixed part (magic, format, lengths, ids, arrival), account, UIDL, user, folder; its own checksum
//   body     the bytes of the message in wire form
//   trailer  a 64-bit XXH3 checksum for each 64 KiB of the body, and one of the trailer itself
// all little endian; the next record follows at once. Zeros behind the last record are room not used yet.
// Readers check each block they touch.
//
// Threads: PackWriter belongs to the writer thread; PackReader is shared by all threads.
#pragma once

#include "spool/ids.hpp"

#include <boost/system/result.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace homespool::spool {

// Packs of one big message each are numbered from here, so that the shared pack can go on being written
// beside them: their Location::pack is kFirstSingle + 1, + 2, …
constexpr std::uint32_t kFirstSingle = 0x40000000;

// Where a record's body lies.
struct Location {
  std::uint32_t pack = 0;   // number of the file; above kFirstSingle: one message by itself
  std::uint64_t offset = 0; // of the record's first byte
  std::uint64_t body = 0;   // of the body's first byte
  std::uint64_t size = 0;   // bytes of the body
};

// What a record says about itself besides its bytes, so that an index can be remade. Strings are cut at 4
// KiB.
struct RecordInfo {
  RecordId record;
  MessageId message;                // the first message made of it
  std::chrono::sys_seconds arrival; // INTERNALDATE
  Uid uid;                          // given to that message in its folder then; 0: not known
  std::uint32_t uidvalidity = 0;    // of the folder then
  std::uint16_t flags = 0;          // system flags it arrived with
  std::string account;              // empty: APPEND
  std::string uidl;
  std::string user;
  std::string folder;
  // Given by PackWriter: records that became durable in one sync have the same, the next ones another. 0:
  // from before there were such numbers.
  std::uint32_t batch = 0;
  std::uint32_t spool = 0; // its name (spool/index/spool_name.hpp), given by PackWriter; 0: not known

  bool operator==(const RecordInfo&) const = default;
};

class PackWriter {
 public:
  static constexpr std::uint64_t kSealAt = std::uint64_t{256} << 20;

  // Up to where the index knows that records were given a place, be they given up since: the end of the last
  // record among shared packs (pack <= kFirstSingle), and the highest number above kFirstSingle.
  struct End {
    std::uint32_t pack = 0;                   // 0: no shared pack yet
    std::uint64_t offset = 0;                 // record_end() of its last record
    std::uint32_t single = 0;                 // 0: none yet
    std::uint32_t spool = 0;                  // the name that records get
    std::optional<std::uint64_t> needed = {}; // bytes of `pack` that live records take; absent: up to offset
  };
  // What lies behind `end` is cut off, and packs that no row names are removed, if they can be what a crash
  // left. Else the index is older than the packs: Error::index_is_old, and nothing is touched. `finding` gets
  // a sentence for each thing mended. Leftover incoming-*.tmp files are removed. Other errors are fatal for
  // the start.
  using Finding = std::function<void(std::string_view sentence)>;
  static boost::system::result<std::unique_ptr<PackWriter>> open(const std::filesystem::path& directory,
                                                                 End end, const Finding& finding = {});
  virtual ~PackWriter() = default;

  // Gathered into few writes; readable and on stable storage after sync(). After an error nothing of the
  // record remains, and what was appended before stands.
  virtual boost::system::result<Location> append(const RecordInfo& info, std::string_view body) = 0;
  // Makes the file of a finished Incoming a pack by itself: completes its header and renames it. `size` is
  // that of the body. After an error the file may be gone.
  virtual boost::system::result<Location> adopt(const RecordInfo& info, const std::filesystem::path& file,
                                                std::uint64_t size) = 0;
  // Writes out what was gathered, without waiting for the disk. An error here (no space, say) is for this
  // batch alone: rewind() and go on. sync() calls it too.
  virtual boost::system::error_code flush() = 0;
  // One fdatasync per file touched since the last sync, and one fsync of the directory if a file is new.
  // Failure is final: every later call fails with it.
  virtual boost::system::error_code sync() = 0;
  // What was appended since the last sync() or keep(), while all of it is still at hand, and where it will
  // lie. Nothing when some of it went to a file already, or is a pack by itself. Good until the next call.
  struct Gathered {
    std::uint32_t pack = 0;
    std::uint64_t offset = 0;
    std::string_view bytes;
  };
  virtual std::optional<Gathered> gathered() const = 0;
  // The transaction came about: what was flushed, synced or not, is not taken back any more.
  virtual void keep() = 0;
  // Takes back what was appended and adopted since the last sync() or keep() (the transaction did not come
  // about). Numbers of packs that go this way are not used again before the next open().
  virtual boost::system::error_code rewind() = 0;

  // A place between two records, for taking back only what came since: one change of a batch that failed.
  // Good until the next sync() or rewind().
  struct Mark {
    std::uint32_t pack = 0; // 0: no shared pack yet
    std::uint64_t offset = 0;
    std::uint32_t next = 1; // number of the next new shared pack
    std::uint32_t next_single = kFirstSingle + 1;
  };
  virtual Mark mark() const = 0;
  virtual boost::system::error_code rewind(const Mark& to) = 0;

  // --- for winning space back
  // The next record begins a new shared pack.
  virtual boost::system::error_code seal() = 0;
  // Removes the file of a pack that no committed row names; durable with the next sync(). Not the one that is
  // written to. It need not be there.
  virtual boost::system::error_code remove(std::uint32_t pack) = 0;
};

// The first byte behind a record, as PackWriter::End wants it.
std::uint64_t record_end(const Location& at);

// One pack, open: it can be read even after the file was removed. `at.pack` is this one.
class OpenPack {
 public:
  virtual ~OpenPack() = default;
  // Exactly into.size() bytes from `offset` within the body. Error::bad_record when a checksum does not
  // match.
  virtual boost::system::error_code read(const Location& at, std::uint64_t offset,
                                         std::span<char> into) const = 0;
  // The first into.size() bytes of the body, checked against their own checksum (spool/checksum.hpp, seed 0)
  // and not by blocks: headers are read alone far more often than whole messages.
  virtual boost::system::error_code read_start(const Location& at, std::span<char> into,
                                               std::uint64_t sum) const = 0;
  // What the record says about itself.
  virtual boost::system::result<RecordInfo> info(const Location& at) const = 0;
};

// The body of one record, blocks checked as they are read.
class PackReader {
 public:
  static std::shared_ptr<PackReader> open(const std::filesystem::path& directory);
  virtual ~PackReader() = default;
  // Some files are kept open. no_such_file_or_directory when the pack was removed: the record may lie
  // elsewhere by now, so look again where.
  virtual boost::system::result<std::shared_ptr<const OpenPack>> open_pack(std::uint32_t pack) = 0;
  // Keeps this one open no longer; who holds it goes on.
  virtual void forget(std::uint32_t pack) = 0;
  // As OpenPack, for one call.
  virtual boost::system::error_code read(const Location& at, std::uint64_t offset, std::span<char> into) = 0;
  virtual boost::system::error_code read_start(const Location& at, std::span<char> into,
                                               std::uint64_t sum) = 0;
  // Every record of a pack in order, until `visit` returns false; stops at the first one that is damaged or
  // cut off and says at which offset. Bodies are checked too.
  struct Scan {
    std::uint64_t end = 0; // behind the last whole record
    bool clean = true;     // the file ends there
  };
  virtual boost::system::result<Scan>
  scan(std::uint32_t pack, const std::function<bool(const RecordInfo&, const Location&)>& visit) = 0;
};

} // namespace homespool::spool
