#include "spool/pack/pack_scan.hpp"

#include "spool/pack/pack_record.hpp"

#include <algorithm>
#include <sys/stat.h>
#include <vector>

namespace homespool::spool {
namespace {

// Lengths in the file are believed only as far as the file reaches.
class PackScan {
 public:
  PackScan(const DiskFile& file, std::uint64_t size) : file_(file), size_(size) {}

  // The record at `offset`; nothing when there is no whole one.
  std::optional<RecordHeader> record(std::uint64_t offset) {
    if (!load(offset, std::min<std::uint64_t>(kFixedHeader, size_ - offset))) return std::nullopt;
    const auto length = header_length(buffer_);
    if (!length || !load(offset, *length)) return std::nullopt;
    auto header = decode_header(buffer_);
    if (!header || size_ - offset < header->header_size) return std::nullopt;
    const auto room = size_ - offset - header->header_size;
    const auto trailer = trailer_size(header->body_size);
    if (room < header->body_size || room - header->body_size < trailer) return std::nullopt;
    const auto body = offset + header->header_size;
    if (!load(body + header->body_size, trailer)) return std::nullopt;
    const auto sums = decode_trailer(buffer_, header->body_size);
    if (!sums || !body_is_whole(body, header->body_size, *sums)) return std::nullopt;
    return header;
  }

  // Nothing but zeros from here: room that was reserved and not used.
  bool unused_from(std::uint64_t offset) {
    while (offset < size_) {
      const auto count = std::min(kChecksumBlock, size_ - offset);
      if (!load(offset, count) || buffer_.find_first_not_of('\0') != std::string::npos) return false;
      offset += count;
    }
    return true;
  }

 private:
  bool load(std::uint64_t offset, std::uint64_t count) {
    if (offset > size_ || count > size_ - offset) return false;
    buffer_.resize(count);
    return !read_exactly(file_, offset, buffer_);
  }

  bool body_is_whole(std::uint64_t body, std::uint64_t size, const std::vector<std::uint64_t>& sums) {
    for (std::uint64_t number = 0; number < sums.size(); ++number) {
      const auto begin = number * kChecksumBlock;
      if (!load(body + begin, std::min(kChecksumBlock, size - begin))) return false;
      if (block_checksum(buffer_, number) != sums[number]) return false;
    }
    return true;
  }

  const DiskFile& file_;
  std::uint64_t size_;
  std::string buffer_;
};

} // namespace

boost::system::result<PackReader::Scan>
scan_pack(const DiskFile& file, std::uint32_t pack, std::uint64_t from,
          const std::function<bool(const RecordInfo&, const Location&)>& visit) {
  struct stat facts {};
  if (::fstat(file.fd(), &facts) != 0) return last_disk_error();
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  PackScan scan(file, size);
  PackReader::Scan result;
  result.end = from;
  while (result.end < size) {
    const auto header = scan.record(result.end);
    if (!header) {
      result.clean = scan.unused_from(result.end);
      return result;
    }
    const Location at{pack, result.end, result.end + header->header_size, header->body_size};
    result.end = record_end(at);
    if (!visit(header->info, at)) return result;
  }
  return result;
}

} // namespace homespool::spool
