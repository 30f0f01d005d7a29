// A spool and a fetcher with one account at a provider on a loopback port, and a clock that is set forward.
//
// Threads: the test's own; the fetcher has its network threads.
#pragma once

#include "fetcher/fetcher.hpp"
#include "tests/fetcher/upstream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <random>

namespace homespool::test {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "homespool-fetcher-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string body(int number, std::size_t size = 300) {
  return "From: a@example.org\r\nSubject: number " + std::to_string(number) + "\r\n\r\n.dot\r\n" +
         std::string(size, 'x') + "\r\n";
}

inline UpstreamMail letter(int number, UpstreamMail::Fault fault = UpstreamMail::Fault::none) {
  UpstreamMail made;
  made.id = "id" + std::to_string(number);
  made.body = body(number);
  made.fault = fault;
  return made;
}

// The machine's clocks, set forward by the test: nobody waits out a minute. Threads: any.
class SetForward final : public net::Clock {
 public:
  net::Steady::time_point steady() const override { return system_.steady() + forward_.load(); }
  net::Wall::time_point wall() const override {
    return system_.wall() + std::chrono::duration_cast<net::Wall::duration>(forward_.load());
  }
  boost::asio::awaitable<void> sleep_until(net::Steady::time_point when) override {
    constexpr net::Steady::duration kLook = std::chrono::milliseconds(10);
    while (steady() < when) {
      const auto until = system_.steady() + std::min(when - steady(), kLook);
      co_await system_.sleep_until(until);
    }
  }
  void advance(net::Steady::duration by) { forward_ = forward_.load() + by; }

 private:
  net::SystemClock system_;
  std::atomic<net::Steady::duration> forward_{net::Steady::duration::zero()};
};

// A spool and a fetcher with one account at `upstream`, kept from polling by itself.
class House {
 public:
  explicit House(const Upstream& upstream) {
    settings.spool.directory = folder_.path();
    settings.spool.minimum_free = 0;
    config::User user;
    user.name = "taro";
    settings.users.push_back(user);
    config::Account account;
    account.name = "isp";
    account.user = "taro";
    account.host = "127.0.0.1";
    account.port = upstream.port();
    account.tls = config::TlsMode::none;
    account.login = "taro";
    account.password.kind = config::PasswordSource::Kind::clear;
    account.password.text = config::Secret("secret");
    account.poll = std::chrono::hours(24);
    settings.accounts.push_back(account);
  }
  ~House() { close(); }

  config::Account& account() { return settings.accounts.front(); }

  void open() {
    spool::OpenOptions options;
    options.settings = settings.spool;
    options.now = [] { return std::chrono::system_clock::now(); };
    options.on_fatal = [](std::string_view) {};
    options.on_finding = [](std::string_view) {};
    auto opened = spool::Spool::open(std::move(options));
    REQUIRE(bool(opened));
    spool_ = std::move(*opened);
    threads_ = std::make_unique<net::NetworkThreads>(2);
    pool_ = std::make_unique<net::WorkerPool>(2);
    fetcher_ = std::make_unique<fetcher::Fetcher>(*threads_, *pool_, *spool_, clock_, 1);
    fetcher_->start(std::make_shared<const config::Settings>(settings));
  }
  void close() {
    if (!fetcher_) return;
    fetcher_->stop(std::chrono::seconds(20));
    fetcher_.reset();
    pool_->join();
    threads_->join(true);
    spool_.reset();
    threads_.reset();
    pool_.reset();
  }
  void reload() { fetcher_->reload(std::make_shared<const config::Settings>(settings)); }

  template <class T>
  T wait(net::Awaitable<T> task) {
    return boost::asio::co_spawn(threads_->context(0), std::move(task), boost::asio::use_future).get();
  }
  fetcher::PollReport fetch() {
    auto reports = wait(fetcher_->fetch_now({"isp"}));
    REQUIRE(bool(reports));
    REQUIRE(reports->size() == 1);
    return reports->front();
  }
  std::vector<spool::LedgerEntry> ledger() { return wait(spool_->ledger("isp")).value(); }
  fetcher::AccountStatus status() { return fetcher_->status().front(); }
  // Subjects and more: every message of the INBOX.
  std::vector<std::string> inbox() {
    const auto folder = spool_->find_mailbox("taro", "INBOX");
    REQUIRE(bool(folder));
    const auto snapshot = wait(spool_->snapshot(folder->id));
    REQUIRE(bool(snapshot));
    const auto reader = spool_->make_reader();
    std::vector<std::string> all;
    for (std::size_t i = 0; i < (*snapshot)->size(); ++i) {
      all.push_back(reader->bytes((**snapshot)[i].id, 1 << 24).value());
    }
    return all;
  }
  fetcher::Fetcher& fetcher() { return *fetcher_; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  spool::Spool& spool() { return *spool_; }
  net::WorkerPool& pool() { return *pool_; }
  SetForward& clock() { return clock_; }

  config::Settings settings;

 private:
  TemporaryFolder folder_;
  SetForward clock_;
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<net::NetworkThreads> threads_;
  std::unique_ptr<net::WorkerPool> pool_;
  std::unique_ptr<fetcher::Fetcher> fetcher_;
};

inline config::KeepUpstream at_once() {
  config::KeepUpstream keep;
  keep.kind = config::KeepUpstream::Kind::after;
  return keep;
}

} // namespace homespool::test
