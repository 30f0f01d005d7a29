// The writer thread: takes the changes that all sessions and accounts hand in, and commits what has gathered
// in one go while the next ones gather.
//
// A batch is one transaction of the index; each change in it has a savepoint, so that an error undoes only
// that one. Order: changes run (bytes go to the packs, rows to the transaction), packs are synced (or
// ride, see riding.hpp), the transaction is committed, snapshots are published, watches woken, callers
// answered. Checkpoints come after the answers. What only looks needs no room on the disk: it is answered
// also when the batch it was in found none. Threads: submit() and report() from any thread.
#pragma once

#include "spool/retention/upkeep.hpp"
#include "spool/store/books.hpp"
#include "spool/store/change_feed.hpp"
#include "spool/store/riding.hpp"

#include <atomic>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <map>
#include <thread>

namespace homespool::spool {

// One change on its way through the writer.
class Change {
 public:
  virtual ~Change() = default;
  // Within the change's savepoint; with an error, what it did is undone. What wrote nothing runs again when
  // its batch failed.
  virtual boost::system::error_code run(Books& books) = 0;
  // After the commit, or with why there was none. The outcome goes to the caller's executor.
  virtual void answer(boost::system::error_code error) = 0;
  std::uint64_t weight = 0; // bytes of messages
  bool wrote = false;       // rows, when it ran last
};

class Writer {
 public:
  // A batch is closed when it holds so much: one sync for all of it, but nobody waits for too long.
  static constexpr std::size_t kMaxChanges = 2000;
  static constexpr std::uint64_t kMaxWeight = std::uint64_t{64} << 20;

  Writer(std::unique_ptr<Books> books, std::shared_ptr<Published> published, std::shared_ptr<ChangeFeed> feed,
         std::shared_ptr<const ReadHolds> holds);
  // Finishes what was handed in.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Runs `change` (Result<T>(Books&)) on the writer thread; the result arrives on the caller's executor when
  // it is on stable storage. Once handed in it is done, cancelled or not.
  template <class T, class Fn>
  Awaitable<Result<T>> submit(Fn change, std::uint64_t weight = 0);

  // One step of what else is done when there is nothing better to do.
  Awaitable<Result<Left>> upkeep();

  // Opens it before anybody asks (spool/store/read_ahead.hpp).
  void adopt(std::unique_ptr<OpenMailbox> loaded);
  // A record failed its checksum when it was read: noted, and told on_finding once.
  void report_damage(RecordId record, std::string sentence);
  // Tells on_finding, from the writer thread; the same sentence once an hour.
  void report(std::string sentence);
  void configure(const config::SpoolSettings& settings);
  // Batches committed so far.
  std::uint64_t commits() const { return commits_; }

 private:
  using Batch = std::vector<std::unique_ptr<Change>>;
  using Steady = std::chrono::steady_clock;

  // False when the writer has stopped; `change` is then still the caller's.
  bool hand_in(std::unique_ptr<Change>& change);
  void run();
  bool wait(std::unique_lock<std::mutex>& lock);
  Batch take_batch();
  void commit(Batch& batch);
  void publish();
  Batch take_questions(Batch& batch, const std::vector<boost::system::error_code>& outcomes) const;
  boost::system::error_code write(Batch& batch, std::vector<boost::system::error_code>& outcomes);
  boost::system::error_code run_one(Change& change);
  boost::system::error_code make_durable();
  boost::system::error_code secure_packs();
  void write_clients();
  void give_up(const std::string& what);
  void undo_batch();
  void tend();
  void settle();
  void keep_up(bool changes_wait);
  bool clients_are_due() const;
  void checkpoint(bool restart);
  void tell_findings(const std::vector<std::string>& findings);

  std::unique_ptr<Books> books_;
  Riding riding_;
  PackWriter::Mark before_batch_;
  std::shared_ptr<Published> published_;
  std::shared_ptr<ChangeFeed> feed_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Change>> queue_;
  std::vector<std::string> findings_;
  std::map<std::string, Steady::time_point> told_;
  std::optional<config::SpoolSettings> new_settings_;
  bool stopping_ = false;
  bool failed_ = false; // for good
  bool idle_work_ = false;
  std::vector<ClientSeen> clients_in_batch_;
  bool batch_writes_ = false;
  Upkeep upkeep_;
  Steady::time_point last_commit_ = Steady::now();
  std::atomic<std::uint64_t> commits_ = 0;
  std::thread thread_;
};

// A change with its caller: keeps the caller's executor busy until the answer is posted there.
template <class T, class Fn, class Handler>
class AwaitedChange final : public Change {
 public:
  AwaitedChange(Handler handler, Fn change)
      : handler_(std::move(handler)), change_(std::move(change)),
        work_(boost::asio::get_associated_executor(handler_)) {}

  boost::system::error_code run(Books& books) override {
    result_ = change_(books);
    return result_->has_error() ? result_->error() : boost::system::error_code{};
  }
  void answer(boost::system::error_code error) override {
    if (error || !result_) result_ = Result<T>(error ? error : make_error_code(Error::stopped));
    auto executor = work_.get_executor();
    boost::asio::post(executor, [handler = std::move(handler_), result = std::move(*result_)]() mutable {
      std::move(handler)(std::move(result));
    });
    work_.reset();
  }

 private:
  Handler handler_;
  Fn change_;
  std::optional<Result<T>> result_;
  boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler>> work_;
};

template <class T, class Fn>
Awaitable<Result<T>> Writer::submit(Fn change, std::uint64_t weight) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Result<T>)>(
      [this, weight](auto handler, Fn fn) {
        using Handler = decltype(handler);
        std::unique_ptr<Change> awaited =
            std::make_unique<AwaitedChange<T, Fn, Handler>>(std::move(handler), std::move(fn));
        awaited->weight = weight;
        if (!hand_in(awaited)) awaited->answer(Error::stopped);
      },
      boost::asio::use_awaitable, std::move(change));
}

} // namespace homespool::spool
