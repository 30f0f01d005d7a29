// Fields lie in the block one behind another, and choosing all but none gives each of them back.

#include "mail/header.hpp"
#include "tests/fuzz/require.hpp"

using namespace homespool::mail;
namespace fuzz = homespool::fuzz;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view message = fuzz::text_of(data, size);
  const std::string_view block = header_block(message);
  const char* at = block.data();
  std::string all;
  for (const HeaderField& field : header_fields(block)) {
    require(field.raw.data() >= at && field.name.data() == field.raw.data() && !field.name.empty());
    at = field.raw.data() + field.raw.size();
    require(at <= block.data() + block.size() && field.value.data() + field.value.size() <= at);
    require(unfold(field.value).find('\n') == std::string::npos);
    require(header_value(block, field.name).has_value());
    all += field.raw;
  }
  require(choose_fields(block, {}, true).starts_with(all));
  require(choose_fields(block, {}, false).size() <= 2);
  return 0;
}
