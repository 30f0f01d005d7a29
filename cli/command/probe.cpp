#include "cli/command/probe.hpp"

#include "fetcher/fetcher.hpp"

#include <boost/asio/use_future.hpp>
#include <fmt/format.h>
#include <future>
#include <map>

namespace homespool::cli {

namespace {

constexpr std::size_t kRefusedLogins = 3; // of one host; providers ban addresses that bring more

// The accounts of one host, one after the other. Threads: the network thread.
net::Awaitable<std::vector<Probed>> probe_host(std::vector<config::Account> accounts,
                                               net::WorkerPool* workers, net::Clock* clock) {
  std::vector<Probed> probed;
  std::size_t refused = 0;
  for (const config::Account& account : accounts) {
    std::optional<fetcher::Failure> failure;
    if (refused < kRefusedLogins) {
      failure = co_await fetcher::probe(account, *workers, *clock);
    } else {
      failure.emplace();
      failure->kind = fetcher::FailureClass::local;
      failure->step = fetcher::Step::login;
      failure->text = "not tried, as this host has refused too many logins already";
    }
    if (failure && failure->kind == fetcher::FailureClass::login) ++refused;
    probed.push_back(Probed{account.name, std::move(failure), true});
  }
  co_return probed;
}

} // namespace

std::vector<Probed> probe_accounts(const config::Settings& settings) {
  net::SystemClock clock;
  net::NetworkThreads threads(1);
  net::WorkerPool workers(2);
  std::map<std::pair<std::string, std::uint16_t>, std::vector<config::Account>> hosts;
  for (const config::Account& account : settings.accounts) {
    if (account.enabled) hosts[{account.host, account.port}].push_back(account);
  }
  std::vector<std::future<std::vector<Probed>>> under_way;
  under_way.reserve(hosts.size());
  for (auto& [host, accounts] : hosts) {
    under_way.push_back(boost::asio::co_spawn(
        threads.context(0), probe_host(std::move(accounts), &workers, &clock), boost::asio::use_future));
  }
  std::map<std::string, Probed> by_name;
  for (auto& outcomes : under_way) {
    for (Probed& probed : outcomes.get()) by_name.emplace(probed.account, probed);
  }
  std::vector<Probed> all;
  for (const config::Account& account : settings.accounts) {
    if (account.enabled) {
      all.push_back(by_name.at(account.name));
    } else {
      all.push_back(Probed{account.name, std::nullopt, false});
    }
  }
  threads.join(true);
  return all;
}

std::string probe_line(const Probed& probed) {
  if (!probed.tried) {
    return probed.account + ": switched off, not tried\n";
  }
  if (!probed.failure) {
    return probed.account + ": logged in\n";
  }
  const fetcher::Failure& failure = *probed.failure;
  return fmt::format("{}: cannot log in: {} ({} at {})\n", probed.account, failure.text,
                     fetcher::word(failure.kind), fetcher::word(failure.step));
}

} // namespace homespool::cli
