// Status lines, capabilities, STAT and the words of refusals: any bytes give a value, and shown text is
// bounded and clean.
#include "fetcher/classify.hpp"
#include "fetcher/limits.hpp"
#include "fetcher/pop3/header_identity.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace homespool::fetcher;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const Reply reply = parse_reply(line);
  parse_stat(reply.text);
  Capabilities capabilities;
  capabilities.add(line);
  const Failure failure = refused(Step::login, reply);
  if (failure.text.size() > limits::kServerText || failure.suggested > std::chrono::hours(24)) std::abort();
  for (const char c : failure.text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) std::abort();
  if (header_identity(line).size() != 36) std::abort();
  return 0;
}
