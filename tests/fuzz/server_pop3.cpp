// POP3 as a server: any line is a command or a sentence, any SASL PLAIN response is sound or nothing, and
// what is dot-stuffed in pieces cut anywhere never ends early.
#include "server/authenticator.hpp"
#include "server/pop3/command.hpp"
#include "server/pop3/dot_stuffing.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

using namespace homespool;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  const auto command = server::pop3::parse_command(bytes);
  require(command.has_value() || !command.error().empty());
  if (const auto plain = server::parse_sasl_plain(bytes))
    require(plain->login.find('\0') == std::string::npos);

  const std::size_t cut = size == 0 ? 0 : data[0] % size;
  server::pop3::DotStuffer at_once, in_parts;
  std::string whole, parts;
  at_once.add(bytes, whole);
  at_once.finish(whole);
  in_parts.add(bytes.substr(0, cut), parts);
  in_parts.add(bytes.substr(cut), parts);
  in_parts.finish(parts);
  require(whole == parts && whole.ends_with(".\r\n"));
  require(size == 0 || whole.find("\n.\r\n") == whole.size() - 4);

  server::pop3::LineCutter lines(3);
  const std::string_view top = lines.take(bytes);
  require(top.size() <= size && (lines.done() ? top.ends_with('\n') : top.size() == size));
  return 0;
}
