// A spool in a temporary folder, and a way to await it from a test.
//
// Threads: the test's own; the spool has its writer thread.
#pragma once

#include "spool/store/store.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace homespool::spool::test {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "homespool-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Runs the io_context until the awaited value is there.
template <class T>
T await(boost::asio::io_context& io, Awaitable<T> awaited) {
  std::optional<T> value;
  std::exception_ptr surprise;
  boost::asio::co_spawn(io, std::move(awaited), [&](std::exception_ptr error, T result) {
    surprise = error;
    value.emplace(std::move(result));
  });
  io.restart();
  io.run();
  if (surprise) std::rethrow_exception(surprise);
  return std::move(*value);
}

// Set by the test, read by the spool's threads.
class SettableClock {
 public:
  using Time = std::chrono::system_clock::time_point;
  Time operator()() const { return time_; }
  template <class Duration>
  void operator+=(Duration duration) {
    time_ = time_.load() + duration;
  }

 private:
  std::atomic<Time> time_{Time{std::chrono::seconds(1'700'000'000)}};
};

class SpoolFixture {
 public:
  SpoolFixture() { open(); }

  void open() {
    auto opened = Spool::open(options());
    if (!opened) throw std::runtime_error(opened.error().sentence);
    spool_ = std::move(*opened);
  }
  void close() { spool_.reset(); }
  void reopen() {
    close();
    open();
  }
  OpenOptions options() {
    OpenOptions options;
    options.settings.directory = folder_.path() / "spool";
    options.settings.minimum_free = 0;
    options.settings.duplicates = duplicates;
    options.now = [this] { return now(); };
    options.on_finding = [this](std::string_view sentence) {
      const std::lock_guard lock(mutex_);
      findings_.emplace_back(sentence);
    };
    options.on_fatal = [this](std::string_view sentence) {
      const std::lock_guard lock(mutex_);
      fatal_.emplace_back(sentence);
    };
    return options;
  }

  Spool& spool() { return *spool_; }
  Store& store() { return static_cast<Store&>(*spool_); }
  template <class T>
  T run(Awaitable<T> awaited) {
    return await(io_, std::move(awaited));
  }
  std::filesystem::path directory() const { return folder_.path() / "spool"; }
  std::vector<std::string> findings() {
    const std::lock_guard lock(mutex_);
    return findings_;
  }

  // What made the spool give up.
  std::vector<std::string> fatal() {
    const std::lock_guard lock(mutex_);
    return fatal_;
  }

  // Without what a search index that is not there says, some time after the start.
  std::vector<std::string> findings_of_mail() {
    std::vector<std::string> all = findings();
    std::erase_if(all, [](const std::string& sentence) { return sentence.starts_with("the search index"); });
    return all;
  }

  MailboxId folder(const std::string& name, const std::string& user = "taro") {
    if (!spool().find_mailbox(user, name)) (void)run(spool().ensure_user(user));
    const auto found = spool().find_mailbox(user, name);
    if (found) return found->id;
    return run(spool().create_mailbox(user, name)).value();
  }
  Incoming incoming(std::string_view text) {
    Incoming message(spool());
    if (message.append(text) || message.finish()) throw std::runtime_error("message not taken");
    return message;
  }
  AppendItem item(std::string_view text, std::uint64_t system = 0, std::vector<std::string> keywords = {}) {
    AppendItem item{incoming(text), {}, std::nullopt};
    item.flags.system = system;
    item.flags.keywords = std::move(keywords);
    return item;
  }
  Result<UidMapping> append(MailboxId to, std::string_view text, std::uint64_t system = 0,
                            std::vector<std::string> keywords = {}) {
    std::vector<AppendItem> items;
    items.push_back(item(text, system, std::move(keywords)));
    return run(spool().append(to, std::move(items)));
  }
  SnapshotPtr snapshot(MailboxId id) { return run(spool().snapshot(id)).value(); }
  std::string text(MessageId id) { return spool().make_reader()->bytes(id, 1 << 20).value(); }
  Result<UidSet> store(MailboxId id, UidSet uids, FlagChange change, std::uint64_t system,
                       std::vector<std::string> keywords = {}) {
    FlagNames names;
    names.system = system;
    names.keywords = std::move(keywords);
    return run(spool().store_flags(id, std::move(uids), change, std::move(names), std::nullopt));
  }

  SettableClock now;
  config::Duplicates duplicates = config::Duplicates::collapse;

 private:
  TemporaryFolder folder_;
  std::mutex mutex_;
  std::vector<std::string> findings_, fatal_;

 protected:
  boost::asio::io_context io_;
  std::unique_ptr<Spool> spool_;
};

inline UidSet uids(std::initializer_list<std::uint32_t> list) {
  UidSet set;
  for (const std::uint32_t uid : list) set.add(Uid{uid});
  return set;
}

} // namespace homespool::spool::test
