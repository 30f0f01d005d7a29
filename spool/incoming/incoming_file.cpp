#include "spool/incoming/incoming_file.hpp"

#include "spool/pack/pack_name.hpp"
#include "spool/pack/pack_record.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace homespool::spool {

using boost::system::error_code;

boost::system::result<IncomingFile> IncomingFile::create(std::shared_ptr<PackDisk> disk,
                                                         const std::filesystem::path& directory) {
  auto path = directory / new_incoming_name();
  auto opened = open_file(*disk, path, O_RDWR | O_CREAT | O_EXCL);
  if (!opened) return opened.error();
  return IncomingFile(std::move(disk), std::move(path), std::move(*opened));
}

IncomingFile::IncomingFile(IncomingFile&& other) noexcept
    : disk_(std::move(other.disk_)), path_(std::exchange(other.path_, {})), file_(std::move(other.file_)),
      size_(other.size_), checksums_(std::move(other.checksums_)) {}

IncomingFile::~IncomingFile() {
  // When it became a pack it has another name by now, and this finds nothing.
  if (!path_.empty()) disk_->unlink(path_.c_str());
}

error_code IncomingFile::write(std::string_view blocks) {
  for (std::size_t at = 0; at < blocks.size(); at += kChecksumBlock)
    checksums_.push_back(block_checksum(blocks.substr(at, kChecksumBlock), checksums_.size()));
  std::array parts = {iovec{const_cast<char*>(blocks.data()), blocks.size()}};
  if (auto fault = write_all(*disk_, file_, parts, kMaxHeader + size_)) return fault;
  size_ += blocks.size();
  return {};
}

error_code IncomingFile::finish() {
  std::string trailer;
  encode_trailer(checksums_, size_, trailer);
  std::array parts = {iovec{trailer.data(), trailer.size()}};
  if (auto fault = write_all(*disk_, file_, parts, kMaxHeader + size_)) return fault;
  return sync_file(*disk_, file_);
}

error_code IncomingFile::read(std::uint64_t offset, std::span<char> into) const {
  return read_exactly(file_, kMaxHeader + offset, into);
}

error_code IncomingFile::with_body(const std::function<void(std::string_view)>& use) const {
  const auto length = kMaxHeader + size_;
  void* mapped = ::mmap(nullptr, length, PROT_READ, MAP_PRIVATE, file_.fd(), 0);
  if (mapped == MAP_FAILED) return last_disk_error();
  use({static_cast<const char*>(mapped) + kMaxHeader, size_});
  ::munmap(mapped, length);
  return {};
}

} // namespace homespool::spool
