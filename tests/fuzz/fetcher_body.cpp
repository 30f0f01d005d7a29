// A body cut at a place that the input chooses decodes as it does at once.
#include "fetcher/pop3/body_decoder.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using homespool::fetcher::BodyDecoder;
using homespool::fetcher::LineMode;

bool feed(BodyDecoder& decoder, std::string_view input, std::string& body) {
  while (!input.empty()) {
    const BodyDecoder::Piece piece = decoder.next(input);
    body += piece.bytes;
    if (piece.end) return true;
    input.remove_prefix(piece.consumed);
  }
  return false;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t cut = data[0] % (input.size() + 1);
  const LineMode mode = data[1] % 2 == 0 ? LineMode::crlf : LineMode::lf;
  BodyDecoder whole(mode), parts(mode);
  std::string at_once, in_parts;
  const bool ended = feed(whole, input, at_once);
  const bool parts_ended =
      feed(parts, input.substr(0, cut), in_parts) || feed(parts, input.substr(cut), in_parts);
  if (ended != parts_ended || at_once != in_parts) std::abort();
  return 0;
}
