// The whole room: accounts of a provider on a loopback port, fetched into a real spool.
#include "fetcher/fetcher.hpp"
#include "tests/fetcher/upstream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

#include <atomic>
#include <fstream>
#include <future>
#include <random>

using namespace homespool;
using test::UpstreamMail;
using Fault = UpstreamMail::Fault;

namespace {

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

std::string body(int number, std::size_t size = 300) {
  return "From: a@example.org\r\nSubject: number " + std::to_string(number) + "\r\n\r\n.dot\r\n" +
         std::string(size, 'x') + "\r\n";
}

UpstreamMail letter(int number, Fault fault = Fault::none) {
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
  explicit House(const test::Upstream& upstream) {
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

config::KeepUpstream at_once() {
  config::KeepUpstream keep;
  keep.kind = config::KeepUpstream::Kind::after;
  return keep;
}

} // namespace

TEST_CASE("everything is fetched once, as it is, with and without pipelining") {
  for (const bool pipelining : {true, false}) {
    test::Upstream upstream;
    upstream.pipelining = pipelining;
    for (int i = 0; i < 600; ++i) upstream.put(letter(i));
    House house(upstream);
    house.open();
    CHECK(house.fetch().new_messages == 600);
    const std::vector<std::string> inbox = house.inbox();
    REQUIRE(inbox.size() == 600);
    CHECK(inbox[0] == body(0));
    CHECK(inbox[599] == body(599));
    CHECK(house.fetch().new_messages == 0);
    CHECK(upstream.retrieved() == 600);
    CHECK(upstream.count() == 600);
    CHECK(house.status().state == "ok");
    CHECK(house.status().stored == 600);
    CHECK(house.status().fetched_total == 600);
    CHECK(house.status().waiting == 0);
  }
}

TEST_CASE("with 0s the provider ends empty once everything is here") {
  test::Upstream upstream;
  for (int i = 0; i < 300; ++i) upstream.put(letter(i));
  House house(upstream);
  house.account().keep_upstream = at_once();
  house.open();
  const auto report = house.fetch();
  CHECK(report.new_messages == 300);
  CHECK(report.deleted == 300);
  CHECK(upstream.count() == 0);
  CHECK(house.inbox().size() == 300);
}

TEST_CASE("a message that comes back after its deletion is deleted again and not stored twice") {
  test::Upstream upstream;
  upstream.quit_fails = true;
  upstream.put(letter(1));
  House house(upstream);
  house.account().keep_upstream = at_once();
  house.open();
  CHECK(house.fetch().failure->step == fetcher::Step::quit);
  CHECK(upstream.count() == 1);
  upstream.quit_fails = false;
  CHECK(house.fetch().deleted == 1);
  CHECK(upstream.count() == 0);
  upstream.put(letter(1));
  const auto again = house.fetch();
  CHECK(again.duplicates == 1);
  CHECK(again.deleted == 1);
  CHECK(house.inbox().size() == 1);
}

TEST_CASE("one message that cannot be had does not stop the rest, and is set aside after three tries") {
  for (const Fault fault : {Fault::refused, Fault::empty, Fault::cut}) {
    test::Upstream upstream;
    upstream.put(letter(1));
    upstream.put(letter(2, fault));
    upstream.put(letter(3));
    House house(upstream);
    house.open();
    for (int i = 0; i < 4; ++i) house.fetch();
    CHECK(house.inbox().size() == 2);
    CHECK(house.status().quarantined == 1);
    CHECK(house.status().state == "ok");
    CHECK(upstream.count() == 3);
    upstream.put(letter(4));
    CHECK(house.fetch().new_messages == 1);
  }
}

TEST_CASE("a message that grows past the limit stays upstream and is told as too large") {
  test::Upstream upstream;
  upstream.put(letter(1, Fault::grows));
  upstream.put(letter(2));
  UpstreamMail large = letter(3);
  large.listed_size = 1 << 30;
  upstream.put(large);
  House house(upstream);
  house.account().largest = 100'000;
  house.open();
  house.fetch();
  CHECK(house.fetch().new_messages + house.status().stored >= 1);
  CHECK(house.inbox().size() == 1);
  CHECK(house.status().too_large == 2);
  CHECK(house.status().state == "ok");
}

TEST_CASE("when all ids change nothing is stored twice and new mail still comes") {
  test::Upstream upstream;
  for (int i = 0; i < 30; ++i) upstream.put(letter(i));
  House house(upstream);
  house.account().keep_upstream = at_once();
  house.account().keep_upstream.after = std::chrono::hours(24);
  house.open();
  house.fetch();
  upstream.rename_ids("moved-");
  upstream.put(letter(99));
  const auto report = house.fetch();
  CHECK(report.new_messages == 1);
  CHECK(report.duplicates == 30);
  CHECK(report.deleted == 0);
  CHECK(house.inbox().size() == 31);
}

TEST_CASE("two entries of one listing are two messages even with the same bytes and the same id") {
  test::Upstream upstream;
  upstream.put(letter(1));
  upstream.put(letter(1));
  UpstreamMail copy = letter(1);
  copy.id = "other";
  upstream.put(copy);
  House house(upstream);
  house.settings.spool.duplicates = config::Duplicates::keep;
  house.open();
  CHECK(house.fetch().new_messages == 3);
  CHECK(house.inbox().size() == 3);
}

TEST_CASE("an id used again for another message brings that message") {
  test::Upstream upstream;
  upstream.put(letter(1));
  House house(upstream);
  house.account().keep_upstream = at_once();
  house.open();
  house.fetch();
  UpstreamMail next = letter(2);
  next.id = "id1";
  upstream.put(next);
  CHECK(house.fetch().new_messages == 1);
  CHECK(house.inbox().size() == 2);
  CHECK(upstream.count() == 0);
}

TEST_CASE("a server without UIDL and TOP is fetched by content, once") {
  test::Upstream upstream;
  upstream.uidl = false;
  for (int i = 0; i < 5; ++i) upstream.put(letter(i));
  House house(upstream);
  house.open();
  CHECK(house.fetch().new_messages == 5);
  upstream.put(letter(5));
  CHECK(house.fetch().new_messages == 1);
  CHECK(house.inbox().size() == 6);
}

TEST_CASE("a server that closes on CAPA is fetched without it") {
  test::Upstream upstream;
  upstream.capa_closes = true;
  upstream.put(letter(1));
  House house(upstream);
  house.open();
  CHECK(house.fetch().new_messages == 1);
}

TEST_CASE("with first_fetch new only what comes later is fetched") {
  test::Upstream upstream;
  for (int i = 0; i < 5; ++i) upstream.put(letter(i));
  House house(upstream);
  house.account().first_fetch = config::FirstFetch::only_new;
  house.open();
  CHECK(house.fetch().new_messages == 0);
  upstream.put(letter(5));
  CHECK(house.fetch().new_messages == 1);
}

TEST_CASE("a refused login is told as such, survives a restart and is forgotten when the account changes") {
  test::Upstream upstream;
  upstream.password = "other";
  upstream.put(letter(1));
  House house(upstream);
  house.open();
  const auto report = house.fetch();
  CHECK(report.state == "refused");
  REQUIRE(bool(report.failure));
  CHECK(report.failure->text == "[AUTH] wrong");
  const auto next = house.status().next_try;
  house.close();
  const int logins = upstream.logins();
  house.open();
  auto reports = house.wait(house.fetcher().fetch_now({"nobody"}));
  REQUIRE_FALSE(bool(reports));
  CHECK(reports.error() == "there is no account named 'nobody'");
  // What was kept is read from the spool: that takes as long as it takes.
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (house.status().state == "starting" && std::chrono::steady_clock::now() < patience)
    std::this_thread::yield();
  CHECK(upstream.logins() == logins);
  REQUIRE(house.status().next_try);
  CHECK(house.status().next_try == next);
  upstream.password = "secret";
  house.account().poll = std::chrono::hours(23);
  house.reload();
  house.clock().advance(std::chrono::seconds(61)); // a host that refused sees one login a minute
  CHECK(house.fetch().new_messages == 1);
  CHECK(house.status().state == "ok");
}

TEST_CASE("a probe logs in and takes nothing") {
  test::Upstream upstream;
  upstream.put(letter(1));
  House house(upstream);
  house.account().enabled = false;
  house.open();
  config::Account account = house.account();
  CHECK_FALSE(house.wait(fetcher::probe(account, house.pool(), house.clock())));
  account.password.text = config::Secret("wrong");
  const auto failure = house.wait(fetcher::probe(account, house.pool(), house.clock()));
  REQUIRE(failure);
  CHECK(failure->kind == fetcher::FailureClass::login);
  CHECK(upstream.retrieved() == 0);
  CHECK(house.fetch().state == "paused");
  CHECK(house.status().state == "paused");
}
