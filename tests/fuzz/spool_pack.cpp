// Any bytes as a pack: a scan and the reads it leads to end well.
#include "spool/pack_name.hpp"
#include "spool/pack_record.hpp"
#include "spool/pack_scan.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace homespool::spool;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(decode_header(bytes));
  static_cast<void>(decode_trailer(bytes, size * 8192));
  const DiskFile file(::memfd_create("pack", MFD_CLOEXEC));
  if (::write(file.fd(), data, size) != static_cast<ssize_t>(size)) return 0;
  // A right record in front, so that there is something to walk past.
  const auto scan = scan_pack(file, 1, [&](const RecordInfo&, const Location& at) {
    if (record_end(at) > size) std::abort();
    return true;
  });
  if (scan && scan->end > size) std::abort();
  return 0;
}
