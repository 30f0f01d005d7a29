#include "cli/command/probe.hpp"

#include "fetcher/fetcher.hpp"

#include <boost/asio/use_future.hpp>
#include <fmt/format.h>
#include <future>

namespace homespool::cli {

std::vector<Probed> probe_accounts(const config::Settings& settings) {
  net::SystemClock clock;
  net::NetworkThreads threads(1);
  net::WorkerPool workers(2);
  using Outcome = std::optional<fetcher::Failure>;
  std::vector<std::pair<std::string, std::future<Outcome>>> under_way;
  for (const config::Account& account : settings.accounts) {
    if (!account.enabled) {
      continue;
    }
    under_way.emplace_back(account.name,
                           boost::asio::co_spawn(threads.context(0), fetcher::probe(account, workers, clock),
                                                 boost::asio::use_future));
  }
  std::vector<Probed> probed;
  probed.reserve(under_way.size());
  for (auto& [name, outcome] : under_way) {
    probed.push_back(Probed{name, outcome.get()});
  }
  threads.join(true);
  return probed;
}

std::string probe_line(const Probed& probed) {
  if (!probed.failure) {
    return probed.account + ": logged in\n";
  }
  const fetcher::Failure& failure = *probed.failure;
  return fmt::format("{}: cannot log in: {} ({} at {})\n", probed.account, failure.text,
                     fetcher::word(failure.kind), fetcher::word(failure.step));
}

} // namespace homespool::cli
