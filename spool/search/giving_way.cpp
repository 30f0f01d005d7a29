#include "spool/search/giving_way.hpp"

#include <algorithm>
#include <utility>

namespace homespool::spool::search {

GivingWay::Duration GivingWay::wait(Time now) {
  if (!last_commit_ || now - *last_commit_ >= quiet_) {
    if (std::exchange(until_, std::nullopt)) resumed_ = now;
    return Duration::zero();
  }
  if (!until_) until_ = now + std::min<Duration>((now - resumed_) * (kShare - 1), kLongest);
  if (now >= *until_) {
    until_.reset();
    resumed_ = now;
    return Duration::zero();
  }
  return std::min(*until_, *last_commit_ + quiet_) - now;
}

} // namespace homespool::spool::search
