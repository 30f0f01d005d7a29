#include "spool/transfer/file_source.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace homespool::spool {
namespace {

boost::system::error_code last_error() {
  return {errno, boost::system::system_category()};
}

} // namespace

boost::system::result<std::unique_ptr<FileSource>> FileSource::open(const std::filesystem::path& path) {
  auto source = std::make_unique<FileSource>();
  // No controlling terminal, no waiting.
  source->file_ = DiskFile(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!source->file_) return last_error();
  struct stat facts {};
  if (::fstat(source->file_.fd(), &facts) != 0) return last_error();
  if (!S_ISREG(facts.st_mode)) return make_error_code(boost::system::errc::not_supported);
  ::posix_fadvise(source->file_.fd(), 0, 0, POSIX_FADV_SEQUENTIAL);
  source->size_ = static_cast<std::uint64_t>(facts.st_size);
  source->modified_ = std::chrono::sys_seconds{std::chrono::seconds{facts.st_mtim.tv_sec}};
  return source;
}

boost::system::result<std::size_t> FileSource::read(std::uint64_t offset, std::span<char> into) {
  if (offset >= size_) return std::size_t{0};
  into = into.first(std::min<std::uint64_t>(into.size(), size_ - offset));
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t got =
        ::pread(file_.fd(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && done == 0) return last_error();
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

} // namespace homespool::spool
