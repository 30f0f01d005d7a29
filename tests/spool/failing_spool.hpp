// A spool whose disk can fail, whose index forgets what it read, and whose writer can be held, so that
// changes come together in one batch.
//
// Threads: the test's own; the spool has its writer thread.
#pragma once

#include "spool/pack/pack_writer.hpp"
#include "spool/store/pack_end.hpp"
#include "tests/spool/spool_fixture.hpp"

#include <cerrno>
#include <condition_variable>
#include <thread>

namespace homespool::spool::test {

// The writer asks what time it is; while the gate is closed it does not learn it.
class Gate {
 public:
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  void open() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = false;
    }
    change_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    if (std::this_thread::get_id() == owner_ || !closed_) return;
    waits_ = true;
    change_.notify_all();
    change_.wait(lock, [this] { return !closed_; });
    waits_ = false;
  }
  void await_somebody() {
    std::unique_lock lock(mutex_);
    change_.wait(lock, [this] { return waits_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable change_;
  bool closed_ = false, waits_ = false;
  std::thread::id owner_ = std::this_thread::get_id();
};

// Takes no bytes while it is full.
class FullDisk : public PackDisk {
 public:
  std::atomic<bool> full = false;
  ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) override {
    if (!full) return PackDisk::pwritev(fd, parts, count, offset);
    errno = ENOSPC;
    return -1;
  }
};

class FailingSpool : public SpoolFixture {
 public:
  ~FailingSpool() { close(); }

  std::shared_ptr<FullDisk> disk = std::make_shared<FullDisk>();
  Gate gate;

  // The spool that is there, over `disk`.
  void open_over_disk() {
    close();
    Store::Parts parts;
    parts.options = options();
    auto lock = LockFile::take(directory() / "lock");
    if (!lock) throw std::runtime_error(lock.error().sentence);
    parts.lock = std::move(*lock);
    parts.packs = PackReader::open(directory() / "packs");
    parts.published = std::make_shared<Published>();
    parts.books = make_books();
    spool_ = std::make_unique<Store>(std::move(parts));
  }
  // For a writer of the test's own; no spool is open.
  std::unique_ptr<Books> make_books() {
    OpenOptions of_writer = options();
    of_writer.now = [this] {
      gate.pass();
      return now();
    };
    auto database =
        std::make_unique<index::Database>(directory() / "index.db", index::Database::Access::write);
    database->run("PRAGMA cache_size=1"); // each page is read from the file again
    auto packs = open_pack_writer(disk, directory() / "packs", end_of_packs(*database), {});
    return std::make_unique<Books>(std::move(database), std::move(packs.value()),
                                   PackReader::open(directory() / "packs"), std::move(of_writer));
  }

  // These come to the writer as one batch; `meanwhile` runs before it begins with them.
  template <class... T>
  std::tuple<T...> together(const std::function<void()>& meanwhile, Awaitable<T>... changes) {
    gate.close();
    std::tuple<std::optional<T>...> results;
    io_.restart();
    boost::asio::co_spawn(io_, spool().create_mailbox("taro", "Made " + std::to_string(++made_)),
                          [](const std::exception_ptr&, const Result<MailboxId>&) {});
    io_.poll();
    gate.await_somebody();
    std::apply(
        [&](auto&... result) {
          (boost::asio::co_spawn(
               io_, std::move(changes),
               [&result](const std::exception_ptr&, auto value) { result = std::move(value); }),
           ...);
        },
        results);
    io_.poll();
    meanwhile();
    gate.open();
    io_.run();
    return std::apply([](auto&... result) { return std::tuple<T...>(std::move(*result)...); }, results);
  }

 private:
  int made_ = 0;
};

} // namespace homespool::spool::test
