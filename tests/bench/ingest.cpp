// How fast messages go into the spool and out again, beside a bare loop of append and fdatasync in the same
// run.
//
// bench_ingest [MESSAGES [A BATCH [FOLDER]]]: prints messages per second, medians of five rounds that take
// turns, and of their ratios, each to the bare loops before and after it. Each message is gathered, parsed,
// hashed, stored in a pack and indexed; four accounts on two threads, each with the next batch gathered while
// one is stored, as the fetcher has it. Then small messages one by one, each waiting for its commit, beside a
// sync for each.
#include "spool/spool.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <unistd.h>

using namespace homespool;
using namespace homespool::spool;

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kAccounts = 4;
constexpr std::size_t kThreads = 2;
constexpr std::size_t kUnderWay = 2;    // batches of an account
constexpr std::size_t kRead = 16 << 10; // as it comes off a socket

double per_second(std::size_t count, Clock::time_point since) {
  return static_cast<double>(count) / std::chrono::duration<double>(Clock::now() - since).count();
}

// Half text, half what looks like base64; no two alike.
std::string message(std::size_t number, std::size_t size) {
  std::string made =
      "Received: from a.example by b.example; Mon, 6 Jul 2026 10:00:00 +0900\r\n"
      "From: Taro <taro@example.org>\r\nTo: hanako@example.org\r\nSubject: number " +
      std::to_string(number) + "\r\nDate: Mon, 6 Jul 2026 10:00:00 +0900\r\nMessage-ID: <" +
      std::to_string(number) +
      "@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n"
      "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
  while (made.size() < size / 2) made += "A line of text as people write it, about so long as most are.\r\n";
  made += "--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  while (made.size() < size)
    made += "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAx\r\n";
  return made + "--b--\r\n";
}

// 30 KiB on average.
std::string message(std::size_t number) {
  return message(number, 2000 + number * 7919 % 56'000);
}

void check(boost::system::error_code error) {
  if (error) throw std::runtime_error(error.message());
}

double bare(const fs::path& folder, const std::vector<std::string>& mail, std::size_t batch) {
  fs::create_directories(folder);
  const int file = ::open((folder / "bare").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  const auto began = Clock::now();
  for (std::size_t i = 0; i < mail.size(); ++i) {
    if (::write(file, mail[i].data(), mail[i].size()) != static_cast<ssize_t>(mail[i].size()))
      throw std::runtime_error("write");
    if ((i + 1) % batch == 0 && ::fdatasync(file) != 0) throw std::runtime_error("fdatasync");
  }
  const double speed = per_second(mail.size(), began);
  ::close(file);
  return speed;
}

Fetched fetched(Spool& spool, const std::string& bytes, std::size_t number) {
  Fetched made{Incoming(spool), "uid-" + std::to_string(number), 0, bytes.size()};
  made.message.expect(bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += kRead)
    check(made.message.append(std::string_view(bytes).substr(at, kRead)));
  check(made.message.finish());
  return made;
}

void rethrow(const std::exception_ptr& surprise) {
  if (surprise) std::rethrow_exception(surprise);
}

struct Stored {
  std::size_t under_way = 0;
  boost::system::error_code fault;
  boost::asio::steady_timer changed;
};

Awaitable<void> store(Spool* spool, std::string account, MailboxId inbox, std::vector<Fetched> messages,
                      std::shared_ptr<Stored> done) {
  const auto listed =
      std::make_shared<const StillListed>([](std::string_view, std::uint32_t) { return true; });
  auto stored = co_await spool->store_fetched(account, inbox, std::move(messages), listed);
  if (!stored) done->fault = stored.error();
  --done->under_way;
  done->changed.cancel();
}

Awaitable<void> wait_below(std::shared_ptr<Stored> done, std::size_t under_way) {
  while (done->under_way >= under_way) {
    done->changed.expires_at(Clock::time_point::max());
    co_await done->changed.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  check(done->fault);
}

// Stores every kAccounts-th message from `first` on.
Awaitable<void> collect(Spool* spool, const std::vector<std::string>* mail, std::size_t first,
                        std::size_t batch) {
  const MailboxId inbox = spool->find_mailbox("taro", "INBOX")->id;
  const std::string account = "account-" + std::to_string(first);
  const auto executor = co_await boost::asio::this_coro::executor;
  auto done = std::make_shared<Stored>(Stored{0, {}, boost::asio::steady_timer(executor)});
  std::size_t next = first;
  while (next < mail->size()) {
    std::vector<Fetched> messages;
    for (; messages.size() < batch && next < mail->size(); next += kAccounts)
      messages.push_back(fetched(*spool, (*mail)[next], next));
    co_await wait_below(done, kUnderWay);
    ++done->under_way;
    boost::asio::co_spawn(executor, store(spool, account, inbox, std::move(messages), done), rethrow);
  }
  co_await wait_below(done, 1);
}

// One at a time, as a single client appends.
Awaitable<void> append_each(Spool* spool, const std::vector<std::string>* mail) {
  const MailboxId sent = spool->find_mailbox("taro", "Sent")->id;
  for (const std::string& bytes : *mail) {
    std::vector<AppendItem> items;
    items.push_back(AppendItem{Incoming(*spool), {}, std::nullopt});
    check(items[0].message.append(bytes));
    check(items[0].message.finish());
    auto stored = co_await spool->append(sent, std::move(items));
    check(stored ? boost::system::error_code{} : stored.error());
  }
}

Awaitable<void> make_user(Spool* spool) {
  check(co_await spool->ensure_user("taro"));
}
Awaitable<void> load(Spool* spool, SnapshotPtr* into) {
  auto snapshot = co_await spool->snapshot(spool->find_mailbox("taro", "INBOX")->id);
  *into = snapshot.value();
}

void run(std::vector<Awaitable<void>> tasks) {
  std::vector<std::unique_ptr<boost::asio::io_context>> contexts;
  for (std::size_t i = 0; i < kThreads; ++i) contexts.push_back(std::make_unique<boost::asio::io_context>(1));
  std::vector<std::future<void>> done;
  for (std::size_t i = 0; i < tasks.size(); ++i)
    done.push_back(
        boost::asio::co_spawn(*contexts[i % kThreads], std::move(tasks[i]), boost::asio::use_future));
  std::vector<std::thread> threads;
  for (auto& context : contexts) threads.emplace_back([&context] { context->run(); });
  for (auto& thread : threads) thread.join();
  for (auto& each : done) each.get();
}

void run_one(Awaitable<void> task) {
  std::vector<Awaitable<void>> tasks;
  tasks.push_back(std::move(task));
  run(std::move(tasks));
}

// Messages per second.
struct Bare {
  double batches = 0, lone = 0;
};
struct Speeds {
  double ingest = 0, read = 0, lone = 0;
};

double read_all(Spool& spool) {
  SnapshotPtr inbox;
  run_one(load(&spool, &inbox));
  const auto reader = spool.make_reader();
  std::string bytes;
  const auto began = Clock::now();
  inbox->for_each(0, inbox->size(), [&](std::size_t, const Message& message) {
    const auto file = reader->open(message.id).value();
    bytes.resize(file->size());
    check(file->read(0, bytes));
    return true;
  });
  return per_second(inbox->size(), began);
}

Speeds into_spool(const fs::path& folder, const std::vector<std::string>& mail, std::size_t batch,
                  const std::vector<std::string>& small) {
  OpenOptions options;
  options.settings.directory = folder;
  options.settings.minimum_free = {};
  options.now = [] { return std::chrono::system_clock::now(); };
  auto opened = Spool::open(std::move(options));
  if (!opened) throw std::runtime_error(opened.error().sentence);
  Spool& spool = **opened;
  run_one(make_user(&spool));
  std::vector<Awaitable<void>> tasks;
  for (std::size_t i = 0; i < kAccounts; ++i) tasks.push_back(collect(&spool, &mail, i, batch));
  Speeds speeds;
  const auto began = Clock::now();
  run(std::move(tasks));
  speeds.ingest = per_second(mail.size(), began);
  speeds.read = read_all(spool);
  const auto lone = Clock::now();
  run_one(append_each(&spool, &small));
  speeds.lone = per_second(small.size(), lone);
  return speeds;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <class Round>
double median_of(const std::vector<Round>& rounds, double Round::*speed) {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(round.*speed);
  return median(std::move(values));
}

// Of each round to the bare loops around it: what else the disk had to do then slows both.
double ratio(const std::vector<Speeds>& stored, double Speeds::*ours, const std::vector<Bare>& loops,
             double Bare::*bare) {
  std::vector<double> values;
  for (std::size_t i = 0; i < stored.size(); ++i)
    values.push_back(stored[i].*ours * 2 / (loops[i].*bare + loops[i + 1].*bare));
  return median(std::move(values));
}

} // namespace

int main(int count, char** words) {
  const auto argument = [&](int place, std::size_t otherwise) {
    return count > place ? static_cast<std::size_t>(std::atoll(words[place])) : otherwise;
  };
  const std::size_t batch = argument(2, 100);
  std::vector<std::string> mail;
  for (std::size_t i = 0; i < argument(1, 10'000); ++i) mail.push_back(message(i));
  const fs::path folder = count > 3 ? fs::path(words[3]) : fs::temp_directory_path();
  const fs::path root = folder / ("homespool-ingest-" + std::to_string(::getpid()));
  std::vector<std::string> small;
  for (std::size_t i = 0; i < 500; ++i) small.push_back(message(i, 4000));
  const auto append = [&](const std::string& name) {
    return Bare{bare(root / ("bare" + name), mail, batch), bare(root / ("lone" + name), small, 1)};
  };
  std::vector<Bare> loops = {append("0")};
  std::vector<Speeds> stored;
  for (const std::string round : {"1", "2", "3", "4", "5"}) {
    stored.push_back(into_spool(root / ("spool" + round), mail, batch, small));
    loops.push_back(append(round));
  }
  fs::remove_all(root);
  std::printf("bare append, a sync each %zu: %.0f messages/s\n", batch, median_of(loops, &Bare::batches));
  std::printf("into the spool, batches of %zu: %.0f messages/s, ratio %.2f\n", batch,
              median_of(stored, &Speeds::ingest), ratio(stored, &Speeds::ingest, loops, &Bare::batches));
  std::printf("out of the spool, one thread: %.0f messages/s\n", median_of(stored, &Speeds::read));
  std::printf("bare append of 4 KB, a sync each: %.0f messages/s\n", median_of(loops, &Bare::lone));
  std::printf("into the spool one by one: %.0f messages/s, ratio %.2f\n", median_of(stored, &Speeds::lone),
              ratio(stored, &Speeds::lone, loops, &Bare::lone));
}
