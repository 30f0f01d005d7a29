#include "fetcher/account/host_breakers.hpp"

#include <algorithm>

namespace homespool::fetcher {
namespace {

constexpr std::chrono::minutes kBetweenLogins{1};

} // namespace

net::Steady::duration HostBreakers::ask(const std::string& host, Time now) {
  const std::lock_guard guard(lock_);
  const auto found = next_login_.find(host);
  if (found == next_login_.end()) return {};
  if (now < found->second) return found->second - now;
  found->second = now + kBetweenLogins;
  return {};
}

void HostBreakers::refused(const std::string& host, Time now) {
  const std::lock_guard guard(lock_);
  Time& next = next_login_[host];
  next = std::max(next, now + kBetweenLogins);
}

void HostBreakers::accepted(const std::string& host) {
  const std::lock_guard guard(lock_);
  next_login_.erase(host);
}

NetworkWatch::News NetworkWatch::note(const std::string& account, bool network_failed) {
  const std::lock_guard guard(lock_);
  failed_[account] = network_failed;
  const bool all =
      std::all_of(failed_.begin(), failed_.end(), [](const auto& entry) { return entry.second; });
  if (all == lost_) return News::none;
  lost_ = all;
  return all ? News::lost : News::back;
}

void NetworkWatch::forget(const std::string& account) {
  const std::lock_guard guard(lock_);
  failed_.erase(account);
}

} // namespace homespool::fetcher
