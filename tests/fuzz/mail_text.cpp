// Whatever comes out is UTF-8, and folding twice is folding once. The first byte chooses the character set.

#include "mail/text.hpp"
#include "mail/text/utf8.hpp"
#include "tests/fuzz/require.hpp"

#include <array>

using namespace homespool::mail;
namespace fuzz = homespool::fuzz;
using fuzz::require;

namespace {

constexpr std::array<std::string_view, 12> kCharsets = {
    "utf-8", "us-ascii", "iso-2022-jp", "shift_jis",      "euc-jp", "gb2312",
    "big5",  "utf-7",    "utf-16",      "ks_c_5601-1987", "koi8-r", "iso-2022-kr"};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string text = to_utf8(bytes, kCharsets[data[0] % kCharsets.size()]);
  require(is_valid_utf8(text));
  require(is_valid_utf8(decode_header_text(bytes)));
  const std::string folded = fold_for_search(text);
  require(is_valid_utf8(folded) && fold_for_search(folded) == folded);
  for_each_text(bytes, parse_structure(bytes).parts, [](std::string_view part) {
    require(is_valid_utf8(part));
    return true;
  });
  return 0;
}
