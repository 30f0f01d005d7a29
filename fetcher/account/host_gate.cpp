#include "fetcher/account/host_gate.hpp"

namespace homespool::fetcher {

using namespace std::chrono_literals;

constexpr auto kLookAgain = 100ms;
constexpr auto kPatience = 60s; // servers do not wait for a login for ever

net::Awaitable<bool> HostGate::enter() {
  const auto begin = clock_.steady();
  while (!break_off_.wanted()) {
    const auto now = clock_.steady();
    const HostBreakers::Turn turn = hosts_.enter(host_, since_, now, record_);
    if (turn == HostBreakers::Turn::go) co_return true;
    turned_away_ = turn == HostBreakers::Turn::too_late || now - begin >= kPatience;
    if (turned_away_) break;
    co_await clock_.sleep_until(now + kLookAgain);
  }
  co_return false;
}

void HostGate::left(End end) {
  if (end == End::accepted) hosts_.accepted(host_);
  if (end == End::refused) hosts_.refused(host_, clock_.steady());
  if (end == End::unsettled) hosts_.unsettled(host_);
}

} // namespace homespool::fetcher
