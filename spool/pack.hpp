// Packs: append-only files that hold message bytes, readable without the index.
//
// packs/000001.pack …, sealed at 256 MiB; a message above 1 MiB may be a pack by itself. A record is
//   header   fixed part (magic, format, lengths, message id, arrival, flags), then account, UIDL, user and
//   folder; its own checksum body     the bytes of the message in wire form trailer  a 64-bit XXH3 checksum
//   for each 64 KiB of the body, and one of the trailer itself
// all little endian; the next record follows at once. Readers check each block they touch.
//
// Threads: PackWriter belongs to the writer thread; PackReader is shared by all threads.
#pragma once

#include "spool/ids.hpp"

#include <boost/system/result.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace homespool::spool {

// Where a record's body lies.
struct Location {
  std::uint32_t pack = 0;   // number of the file
  std::uint64_t offset = 0; // of the record's first byte
  std::uint64_t body = 0;   // of the body's first byte
  std::uint64_t size = 0;   // bytes of the body
};

// What a record says about itself besides its bytes, so that an index can be remade.
struct RecordInfo {
  RecordId record;
  MessageId message;                // the first message made of it
  std::chrono::sys_seconds arrival; // INTERNALDATE
  std::string account;              // empty: APPEND
  std::string uidl;
  std::string user;
  std::string folder;
};

class PackWriter {
 public:
  static constexpr std::uint64_t kSealAt = std::uint64_t{256} << 20;

  // `end`: the pack and offset up to which the index names records; what lies behind is cut off, packs with
  // higher numbers that no row names are removed (`first_free` is one above the highest pack number the index
  // names). Errors are fatal for the start.
  struct End {
    std::uint32_t pack = 0; // 0: no pack yet
    std::uint64_t offset = 0;
  };
  static boost::system::result<std::unique_ptr<PackWriter>> open(const std::filesystem::path& directory,
                                                                 End end);
  virtual ~PackWriter() = default;

  // Written to the file (page cache) at once, or gathered into few writes; on stable storage after sync().
  // After an error nothing of the record remains (the tail is cut again).
  virtual boost::system::result<Location> append(const RecordInfo& info, std::string_view body) = 0;
  // Makes a file that Incoming wrote (spool/incoming_file.hpp: header room, body, trailer) a pack by itself:
  // completes its header and renames it.
  virtual boost::system::result<Location> adopt(const RecordInfo& info, const std::filesystem::path& file,
                                                std::uint64_t size) = 0;
  // One fdatasync per file touched since the last sync, and one fsync of the directory if a file is new.
  // Failure is final.
  virtual boost::system::error_code sync() = 0;
  // Takes back what was appended since the last sync (the transaction did not come about).
  virtual boost::system::error_code rewind() = 0;
};

// The body of one record, blocks checked as they are read.
class PackReader {
 public:
  static std::shared_ptr<PackReader> open(const std::filesystem::path& directory);
  virtual ~PackReader() = default;
  // Exactly into.size() bytes from `offset` within the body. Error::bad_record when a checksum does not
  // match. Keeps some files open.
  virtual boost::system::error_code read(const Location& at, std::uint64_t offset, std::span<char> into) = 0;
  // Every record of a pack in order, until `visit` returns false; stops at the first one that is damaged or
  // cut off and says at which offset.
  struct Scan {
    std::uint64_t end = 0; // behind the last whole record
    bool clean = true;     // the file ends there
  };
  virtual boost::system::result<Scan>
  scan(std::uint32_t pack, const std::function<bool(const RecordInfo&, const Location&)>& visit) = 0;
};

} // namespace homespool::spool
