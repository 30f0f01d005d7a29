// Any bytes have a sound structure: parts inside their parents, texts that fit in a line of IMAP, a packed
// form.

#include "mail/header.hpp"
#include "mail/structure.hpp"
#include "tests/fuzz/require.hpp"

using namespace homespool::mail;
namespace fuzz = homespool::fuzz;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view message = fuzz::text_of(data, size);
  Limits limits;
  limits.depth = 12;
  limits.parts = 40;
  const Structure s = parse_structure(message, limits);
  require(!s.parts.empty() && s.parts.size() <= limits.parts && s.parts[0].end == size);
  require(s.parts[0].body_begin == header_block(message).size());
  for (const Part& part : s.parts) {
    require(part.header_begin <= part.body_begin && part.body_begin <= part.end);
    if (part.parent == Part::kNone) continue;
    const Part& parent = s.parts.at(part.parent);
    require(parent.kind != PartKind::leaf && parent.body_begin <= part.header_begin &&
            part.end <= parent.end);
  }
  require(s.envelope.front() == '(' && s.body.back() == ')' && s.bodystructure.size() >= s.body.size());
  require((s.envelope + s.body + s.bodystructure).find('\0') == std::string::npos);
  require(unpack_parts(pack_parts(s.parts)) == s.parts);
  if (const auto parts = unpack_parts(message)) require(pack_parts(*parts) == message);
  return 0;
}
