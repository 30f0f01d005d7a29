// Commands of IMAP clients: any bytes give a command or an error within the bytes.

#include "server/imap/grammar/parser.hpp"

#include <cstdint>
#include <cstdlib>

using namespace homespool::server::imap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const bool utf8 : {false, true}) {
    ParserOptions options;
    options.utf8 = utf8;
    const Parsed parsed = parse_command(bytes, options);
    if (parsed.tag.empty()) std::abort();
    if (parsed.command.has_error() && parsed.command.error().at > size) std::abort();
  }
  return 0;
}
