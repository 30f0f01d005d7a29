// Lines of LIST and UIDL: any bytes give a listing whose ids are as given and whose occurrences count up.
#include "fetcher/pop3/listing.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using homespool::fetcher::Listing;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  Listing listing;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    if (line.starts_with('L'))
      listing.add_size_line(line.substr(1));
    else
      listing.add_id_line(line);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  listing.settle();
  for (std::size_t i = 0; i < listing.size(); ++i) {
    if (i > 0 && listing[i].number <= listing[i - 1].number) std::abort();
    if (listing.id(i).find('\n') != std::string_view::npos) std::abort();
  }
  return 0;
}
