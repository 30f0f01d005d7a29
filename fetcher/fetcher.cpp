#include "fetcher/fetcher.hpp"

#include "fetcher/account/account_loop.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <spdlog/spdlog.h>

namespace homespool::fetcher {

namespace asio = boost::asio;
using net::Awaitable;

constexpr std::chrono::milliseconds kCutOffAgain{100};
constexpr std::size_t kSecretThreads = 4; // a command that hangs must not hold up the passwords of others

class Fetcher::Impl {
 public:
  Impl(net::NetworkThreads& threads, net::WorkerPool& pool, spool::Spool& spool, net::Clock& clock,
       std::uint64_t seed)
      : threads_(threads), random_(seed), shared_{spool, pool,   secrets_, commands_,
                                                  clock, hosts_, network_, [this] { network_back(); }} {
    for (std::size_t i = 0; i < threads_.size(); ++i) {
      auto on_surprise = [](std::exception_ptr error) { log_surprise(std::move(error)); };
      groups_.push_back(std::make_unique<net::TaskGroup>(threads_.context(i).get_executor(), on_surprise));
    }
  }

  void reload(std::shared_ptr<const config::Settings> settings);
  std::vector<AccountStatus> status() const;
  boost::system::result<std::vector<std::shared_ptr<FetchTicket>>, std::string>
  ask_to_fetch(const std::vector<std::string>& names, asio::any_io_executor executor);
  void stop(std::chrono::milliseconds limit);

 private:
  struct Entry {
    std::shared_ptr<const config::Account> account;
    std::shared_ptr<AccountLoop> loop;
    std::size_t thread = 0;
  };
  static void log_surprise(std::exception_ptr error);
  Entry* find(const std::string& name);
  Entry make(const config::Account& account);
  void stop_loop(const Entry& entry);
  void cut_off(std::size_t thread);
  void network_back();
  template <class Work>
  void on_thread(std::size_t thread, Work work) {
    asio::post(threads_.context(thread), std::move(work));
  }

  net::NetworkThreads& threads_;
  std::mt19937_64 random_;
  config::CommandStop commands_;
  net::WorkerPool secrets_{kSecretThreads};
  HostBreakers hosts_;
  NetworkWatch network_;
  AccountLoop::Shared shared_;
  std::vector<std::unique_ptr<net::TaskGroup>> groups_; // one a thread
  mutable std::mutex lock_;                             // entries_ and leaving_
  std::vector<Entry> entries_;                          // in the order of the settings
  std::vector<Entry> leaving_;                          // told to stop
};

void Fetcher::Impl::log_surprise(std::exception_ptr error) {
  try {
    std::rethrow_exception(std::move(error));
  } catch (const std::exception& thrown) {
    spdlog::error("fetching: an unexpected error: {}", thrown.what());
  } catch (...) {
    spdlog::error("fetching: an unexpected error of an unknown kind");
  }
}

Fetcher::Impl::Entry* Fetcher::Impl::find(const std::string& name) {
  const auto same = [&name](const Entry& entry) { return entry.account->name == name; };
  const auto found = std::find_if(entries_.begin(), entries_.end(), same);
  return found == entries_.end() ? nullptr : &*found;
}

Fetcher::Impl::Entry Fetcher::Impl::make(const config::Account& account) {
  Entry entry;
  entry.account = std::make_shared<const config::Account>(account);
  entry.thread = threads_.next();
  std::shared_ptr<AccountLoop> predecessor;
  for (const Entry& old : leaving_) {
    if (old.account->name == account.name) predecessor = old.loop;
  }
  net::TaskGroup& group = *groups_[entry.thread];
  entry.loop =
      std::make_shared<AccountLoop>(entry.account, shared_, group, random_(), std::move(predecessor));
  on_thread(entry.thread, [&group, loop = entry.loop] { group.spawn(AccountLoop::run(loop)); });
  return entry;
}

void Fetcher::Impl::stop_loop(const Entry& entry) {
  on_thread(entry.thread, [loop = entry.loop] { loop->stop(); });
}

void Fetcher::Impl::reload(std::shared_ptr<const config::Settings> settings) {
  const std::lock_guard guard(lock_);
  std::erase_if(leaving_, [](const Entry& entry) { return entry.loop->ended(); });
  std::vector<Entry> now;
  for (const config::Account& account : settings->accounts) {
    Entry* known = find(account.name);
    if (known == nullptr) {
      now.push_back(make(account));
      continue;
    }
    if (!(*known->account == account)) {
      known->account = std::make_shared<const config::Account>(account);
      on_thread(known->thread, [loop = known->loop, changed = known->account] { loop->change(changed); });
    }
    now.push_back(*known);
    known->loop.reset();
  }
  for (Entry& entry : entries_) {
    if (!entry.loop) continue;
    stop_loop(entry);
    leaving_.push_back(std::move(entry));
  }
  entries_ = std::move(now);
}

std::vector<AccountStatus> Fetcher::Impl::status() const {
  const std::lock_guard guard(lock_);
  std::vector<AccountStatus> all;
  for (const Entry& entry : entries_) all.push_back(entry.loop->status());
  return all;
}

void Fetcher::Impl::network_back() {
  const std::lock_guard guard(lock_);
  for (const Entry& entry : entries_) on_thread(entry.thread, [loop = entry.loop] { loop->network_back(); });
}

boost::system::result<std::vector<std::shared_ptr<FetchTicket>>, std::string>
Fetcher::Impl::ask_to_fetch(const std::vector<std::string>& names, asio::any_io_executor executor) {
  const std::lock_guard guard(lock_);
  std::vector<Entry*> wanted;
  for (const std::string& name : names) {
    wanted.push_back(find(name));
    if (wanted.back() == nullptr) return "there is no account named '" + name + "'";
  }
  for (Entry& entry : entries_) {
    if (names.empty() && entry.account->enabled) wanted.push_back(&entry);
  }
  std::vector<std::shared_ptr<FetchTicket>> tickets;
  for (const Entry* entry : wanted) {
    tickets.push_back(std::make_shared<FetchTicket>(executor));
    on_thread(entry->thread, [loop = entry->loop, ticket = tickets.back()] { loop->fetch(ticket); });
  }
  return tickets;
}

// Waited for: what is queued must not name a group that is gone.
void Fetcher::Impl::cut_off(std::size_t thread) {
  auto done = std::make_shared<std::promise<void>>();
  const auto cut = done->get_future();
  on_thread(thread, [group = groups_[thread].get(), done] {
    group->cancel();
    done->set_value();
  });
  cut.wait();
}

void Fetcher::Impl::stop(std::chrono::milliseconds limit) {
  commands_.now(); // also those that wait for a thread
  {
    const std::lock_guard guard(lock_);
    for (const Entry& entry : entries_) stop_loop(entry);
  }
  const auto end = std::chrono::steady_clock::now() + limit;
  std::vector<std::future<void>> joined;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    joined.push_back(asio::co_spawn(threads_.context(i), groups_[i]->join(), asio::use_future));
  }
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (joined[i].wait_until(end - limit / 4) == std::future_status::ready) continue;
    // Until it has ended, be it later: nothing may run that names what goes next.
    do cut_off(i);
    while (joined[i].wait_for(kCutOffAgain) != std::future_status::ready);
  }
}

Fetcher::Fetcher(net::NetworkThreads& threads, net::WorkerPool& pool, spool::Spool& spool, net::Clock& clock,
                 std::uint64_t seed)
    : impl_(std::make_unique<Impl>(threads, pool, spool, clock, seed)) {}

Fetcher::~Fetcher() = default;

void Fetcher::start(std::shared_ptr<const config::Settings> settings) {
  impl_->reload(std::move(settings));
}

void Fetcher::reload(std::shared_ptr<const config::Settings> settings) {
  impl_->reload(std::move(settings));
}

Awaitable<boost::system::result<std::vector<PollReport>, std::string>>
Fetcher::fetch_now(std::vector<std::string> names) {
  const auto executor = co_await asio::this_coro::executor;
  const auto tickets = impl_->ask_to_fetch(names, executor);
  if (!tickets) co_return tickets.error();
  std::vector<PollReport> reports;
  for (const auto& ticket : *tickets) reports.push_back(co_await ticket->wait());
  co_return reports;
}

std::vector<AccountStatus> Fetcher::status() const {
  return impl_->status();
}

void Fetcher::stop(std::chrono::milliseconds limit) {
  impl_->stop(limit);
}

} // namespace homespool::fetcher
