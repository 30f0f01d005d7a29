#include "fetcher/account/backoff.hpp"

#include <algorithm>

namespace homespool::fetcher {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kDay = 24h;
constexpr std::uint32_t kTriesOfNewLogin = 3;

struct Range {
  seconds first;
  seconds cap;
};

Range range_of_login(const BackoffInput& input) {
  if (input.login_said_so) return {15min, kDay};
  if (input.ever_worked) return {15min, 12h};
  return {15min, 15min};
}

Range range_of(const BackoffInput& input) {
  switch (input.kind) {
  case FailureClass::busy:
    return {2min, 30min};
  case FailureClass::rate:
    return {15min, 6h};
  case FailureClass::temporary:
    return {1min, 1h};
  case FailureClass::network:
    return {30s, 15min};
  case FailureClass::login:
    return range_of_login(input);
  case FailureClass::tls:
    return {1h, 6h};
  case FailureClass::permanent:
    return {1h, kDay};
  case FailureClass::message:
    return {1min, 15min};
  case FailureClass::local:
    return {20s, 20s};
  }
  return {1min, 1h};
}

seconds doubled(Range range, std::uint32_t failures) {
  seconds bound = range.first;
  for (std::uint32_t i = 1; i < failures && bound < range.cap; ++i) bound *= 2;
  return std::min(bound, range.cap);
}

// From `low` to `high`, evenly.
milliseconds spread(milliseconds low, milliseconds high, std::uint64_t random) {
  const auto span = static_cast<std::uint64_t>((high - low).count());
  return low + milliseconds(static_cast<std::int64_t>(random % (span + 1)));
}

} // namespace

milliseconds wait_before_retry(const BackoffInput& input) {
  if (input.suggested > 0s) {
    seconds asked = std::min(input.suggested, kDay);
    if (!input.wait_by_code) {
      const seconds first = std::max<seconds>(asked, 1min);
      asked = doubled({first, std::max<seconds>(first, 6h)}, input.failures);
    }
    return spread(asked, asked + asked / 10 + 1s, input.random);
  }
  if (input.kind == FailureClass::local) return 20s; // room is found within a minute, poll and all
  const bool new_login = input.kind == FailureClass::login && !input.ever_worked && !input.login_said_so;
  if (new_login && input.failures >= kTriesOfNewLogin) return spread(kDay - kDay / 10, kDay, input.random);
  const milliseconds bound = doubled(range_of(input), input.failures);
  return spread(bound / 10, bound, input.random);
}

} // namespace homespool::fetcher
