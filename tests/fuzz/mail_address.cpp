// Address lists stay within their limit, and each group that opens is closed before the next.

#include "mail/address.hpp"
#include "tests/fuzz/require.hpp"

#include <utility>

using namespace homespool::mail;
namespace fuzz = homespool::fuzz;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view value = fuzz::text_of(data, size);
  Limits limits;
  limits.addresses = 50;
  bool open = false;
  std::size_t bytes = 0;
  const auto addresses = parse_addresses(value, limits);
  require(addresses.size() <= limits.addresses + 2);
  for (const Address& address : addresses) {
    if (address.kind == Address::Kind::group_start) require(!std::exchange(open, true));
    if (address.kind == Address::Kind::group_end) require(std::exchange(open, false));
    bytes += address.name.size() + address.route.size() + address.mailbox.size() + address.host.size();
  }
  require(!open && bytes <= 2 * size);
  return 0;
}
