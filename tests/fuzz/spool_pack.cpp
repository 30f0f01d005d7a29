// A pack with arbitrary changes: a scan ends well, and shows no record whose body was changed.
#include "spool/pack/pack_record.hpp"
#include "spool/pack/pack_scan.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
using namespace homespool::spool;
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(decode_header(bytes));
  static_cast<void>(decode_trailer(bytes, size * 8192));
  std::string pack;
  const std::string_view body = "Subject: x\r\n\r\nbody\r\n";
  for (int i = 0; i < 2; ++i) {
    RecordInfo info;
    info.uidl = "uidl";
    encode_header(info, body.size(), i == 0 ? 0 : 200, pack);
    pack += body;
    encode_trailer(body, pack);
  }
  // Three bytes a change: where, and what is flipped there. The last bytes are put behind the pack as they
  // are.
  std::size_t at = 0;
  for (; at + 3 <= size && data[at] != 0xff; at += 3) {
    char& changed = pack[(data[at] * 256U + data[at + 1]) % pack.size()];
    changed = static_cast<char>(changed ^ static_cast<char>(data[at + 2]));
  }
  pack += bytes.substr(at);
  const DiskFile file(::memfd_create("pack", MFD_CLOEXEC));
  if (::write(file.fd(), pack.data(), pack.size()) != static_cast<ssize_t>(pack.size())) return 0;
  const auto scan = scan_pack(file, 1, 0, [&](const RecordInfo&, const Location& place) {
    if (record_end(place) > pack.size()) std::abort();
    if (place.offset < 400 && pack.substr(place.body, place.size) != body) std::abort();
    return true;
  });
  return scan && scan->end <= pack.size() ? 0 : (std::abort(), 0);
}
