// Framing of IMAP: the same frames come out whether the bytes come at once or one by one.

#include "server/imap/wire/framing.hpp"

#include <cstdint>
#include <cstdlib>

using namespace homespool::server::imap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Limits limits = size % 2 == 0 ? Limits{} : before_login();
  Framer whole(limits);
  Frame at_once = whole.next(bytes);
  while (at_once.kind == Frame::Kind::literal) at_once = whole.next(bytes);
  Framer piecewise(limits);
  Frame last;
  for (std::size_t have = 0; have <= size; ++have) {
    last = piecewise.next(bytes.substr(0, have));
    if (last.kind != Frame::Kind::more && last.kind != Frame::Kind::literal) break;
  }
  while (last.kind == Frame::Kind::literal) last = piecewise.next(bytes);
  if (last.kind != at_once.kind || last.bytes != at_once.bytes || last.bytes > size) std::abort();

  Discarder all, single;
  const std::size_t taken = all.take(bytes);
  std::size_t at = 0;
  while (at < size && !single.done()) at += single.take(bytes.substr(at, 1));
  if (taken != at || all.done() != single.done()) std::abort();
  return 0;
}
