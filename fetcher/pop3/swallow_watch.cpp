#include "fetcher/pop3/swallow_watch.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace homespool::fetcher {
namespace {

constexpr std::array<std::string_view, 4> kGlued = {".\r\n+OK", ".\r\n-ERR", ".\n+OK", ".\n-ERR"};
constexpr std::size_t kLongest = 7;

// Dots are rare: one look at each.
bool holds_glued(std::string_view bytes) {
  for (std::size_t dot = bytes.find('.'); dot != std::string_view::npos; dot = bytes.find('.', dot + 1)) {
    const std::string_view rest = bytes.substr(dot, kLongest);
    if (std::any_of(kGlued.begin(), kGlued.end(), [rest](auto glued) { return rest.starts_with(glued); }))
      return true;
  }
  return false;
}

} // namespace

bool SwallowWatch::see(std::string_view bytes) {
  std::string seam = tail_;
  seam += bytes.substr(0, kLongest - 1);
  const bool found = holds_glued(seam) || holds_glued(bytes);
  tail_ = bytes.size() < kLongest - 1 ? std::move(seam)
                                      : std::string(bytes.substr(bytes.size() - (kLongest - 1)));
  if (tail_.size() >= kLongest) tail_.erase(0, tail_.size() - (kLongest - 1));
  return found;
}

} // namespace homespool::fetcher
