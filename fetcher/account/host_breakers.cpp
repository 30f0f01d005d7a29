#include "fetcher/account/host_breakers.hpp"

#include <algorithm>

namespace homespool::fetcher {
namespace {

constexpr std::chrono::minutes kBetweenLogins{1};
constexpr std::chrono::seconds kLongLogin{20};

} // namespace

net::Steady::duration HostBreakers::ask(const std::string& host, Time now, Record record) {
  const std::lock_guard guard(lock_);
  const auto found = hosts_.find(host);
  if (found == hosts_.end() || !found->second.next_login || passes(found->second, record)) return {};
  Time& next = *found->second.next_login;
  if (now < next) return next - now;
  next = now + kBetweenLogins;
  return {};
}

HostBreakers::Turn HostBreakers::enter(const std::string& name, Time since, Time now, Record record) {
  const std::lock_guard guard(lock_);
  Host& host = hosts_[name];
  if (host.refused && *host.refused > since && !passes(host, record)) return Turn::too_late;
  const bool doubted = !host.known || host.refusals > 0;
  if (doubted && host.under_way && now - *host.under_way < kLongLogin) return Turn::wait;
  host.under_way = now;
  return Turn::go;
}

void HostBreakers::refused(const std::string& name, Time now) {
  const std::lock_guard guard(lock_);
  Host& host = hosts_[name];
  host.known = true;
  ++host.refusals;
  host.under_way.reset();
  host.refused = now;
  host.next_login = std::max(host.next_login.value_or(now), now + kBetweenLogins);
}

void HostBreakers::accepted(const std::string& name) {
  const std::lock_guard guard(lock_);
  Host& host = hosts_[name];
  host = Host();
  host.known = true;
}

void HostBreakers::unsettled(const std::string& name) {
  const std::lock_guard guard(lock_);
  hosts_[name].under_way.reset();
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
