#include "spool/check/record_check.hpp"

#include "mail/structure.hpp"
#include "spool/checksum.hpp"
#include "spool/error.hpp"
#include "spool/pack/pack_name.hpp"
#include "spool/pack/pack_record.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace homespool::spool {
namespace {

using boost::system::error_code;

constexpr std::uint64_t kInMemory = 16U << 20U; // larger messages are mapped once their bytes were read
constexpr std::uint64_t kStep = 8U << 20U;
constexpr const char* kFromBackup = "homespool restore --mend BACKUP";
constexpr const char* kRebuild = "homespool rebuild-index";

std::string file_name(std::uint32_t pack) {
  return "packs/" + pack_name(pack);
}

Finding damaged(const RecordRow& row, const std::string& which) {
  return {"record-damaged",
          "a message in " + file_name(row.at.pack) + " at " + std::to_string(row.at.offset) +
              " is damaged: " + which,
          kFromBackup,
          {}};
}

Finding unreadable(std::uint32_t pack, const error_code& error) {
  if (error.value() == ENOENT && error.category() == boost::system::system_category())
    return {"pack-missing", file_name(pack) + " is missing", kFromBackup, {}};
  return {"pack-unreadable", file_name(pack) + " cannot be read: " + error.message(), kFromBackup, {}};
}

// A part of a file in memory.
class Mapping {
 public:
  Mapping(const DiskFile& file, const Location& at) {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const std::uint64_t begin = at.body / page * page;
    length_ = at.body - begin + at.size;
    mapped_ = ::mmap(nullptr, length_, PROT_READ, MAP_PRIVATE, file.fd(), static_cast<off_t>(begin));
    if (mapped_ != MAP_FAILED) view_ = {static_cast<const char*>(mapped_) + (at.body - begin), at.size};
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (mapped_ != MAP_FAILED) ::munmap(mapped_, length_);
  }
  explicit operator bool() const { return mapped_ != MAP_FAILED; }
  std::string_view view() const { return view_; }

 private:
  void* mapped_ = nullptr;
  std::size_t length_ = 0;
  std::string_view view_;
};

} // namespace

RecordCheck::RecordCheck(const std::filesystem::path& packs)
    : directory_(packs), files_(packs), reader_(PackReader::open(packs)) {}

std::optional<Finding> RecordCheck::header(const RecordRow& row) {
  const auto file = files_.open(row.at.pack);
  if (!file) return unreadable(row.at.pack, file.error());
  struct stat facts {};
  if (::fstat((*file)->fd(), &facts) != 0) return unreadable(row.at.pack, last_disk_error());
  constexpr std::uint64_t kFarthest = std::uint64_t{1} << 62U; // so that no sum overflows
  if (row.at.size > kMaxBody || row.at.body > kFarthest || row.at.offset > row.at.body ||
      row.at.body - row.at.offset > kMaxHeader || row.at.body - row.at.offset < kFixedHeader)
    return Finding{"row-wrong",
                   "the index has impossible numbers for record " + std::to_string(row.id.value),
                   kRebuild,
                   {}};
  if (record_end(row.at) > static_cast<std::uint64_t>(facts.st_size))
    return Finding{"pack-truncated",
                   file_name(row.at.pack) + " ends early, at " + std::to_string(facts.st_size),
                   kFromBackup,
                   {}};
  std::string bytes(row.at.body - row.at.offset, '\0');
  if (read_exactly(**file, row.at.offset, bytes)) return damaged(row, "its header cannot be read");
  const auto found = decode_header(bytes);
  if (!found) return damaged(row, "the checksum of its header does not match");
  if (found->header_size != bytes.size() || found->body_size != row.at.size || found->info.record != row.id)
    return damaged(row, "another record lies there than the index says");
  return std::nullopt;
}

// Checks each block on the way.
std::optional<Finding> RecordCheck::read_through(const RecordRow& row) {
  std::string buffer(std::min(kStep, row.at.size), '\0');
  for (std::uint64_t done = 0; done < row.at.size;) {
    const auto count = std::min<std::uint64_t>(buffer.size(), row.at.size - done);
    if (reader_->read(row.at, done, std::span(buffer).first(count)))
      return damaged(row, "the checksum of its bytes does not match");
    done += count;
  }
  return std::nullopt;
}

std::optional<Finding> RecordCheck::whole(const RecordRow& row, const StructureRow& structure) {
  if (row.at.size <= kInMemory) {
    std::string message(row.at.size, '\0');
    if (reader_->read(row.at, 0, message)) return damaged(row, "the checksum of its bytes does not match");
    return compare(row, structure, message);
  }
  if (auto fault = read_through(row)) return fault;
  const auto file = files_.open(row.at.pack);
  if (!file) return unreadable(row.at.pack, file.error());
  const Mapping mapping(**file, row.at);
  if (!mapping) return unreadable(row.at.pack, last_disk_error());
  return compare(row, structure, mapping.view());
}

std::optional<Finding> RecordCheck::compare(const RecordRow& row, const StructureRow& structure,
                                            std::string_view message) const {
  const mail::Structure parsed = mail::parse_structure(message);
  const auto header_size = parsed.parts.empty() ? 0 : parsed.parts.front().body_begin;
  const bool same = parsed.envelope == structure.envelope && parsed.body == structure.body &&
                    parsed.bodystructure == structure.bodystructure &&
                    mail::pack_parts(parsed.parts) == structure.parts && parsed.has_nul == row.has_nul &&
                    header_size == row.header_size &&
                    checksum(message.substr(0, row.header_size), 0) == row.header_sum;
  if (same) return std::nullopt;
  return Finding{"structure-differs",
                 "what the index says about the message in " + file_name(row.at.pack) + " at " +
                     std::to_string(row.at.offset) + " is not what its bytes say",
                 kRebuild,
                 {}};
}

} // namespace homespool::spool
