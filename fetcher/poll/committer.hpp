// Hands retrieved messages to the spool in batches, while the next ones still come in.
//
// At most two batches are on their way; whoever brings a third waits. They reach the spool in the order in
// which they came. After a fault nothing more is taken. Threads: one network thread; messages are parsed on
// the worker pool.
#pragma once

#include "fetcher/failure.hpp"
#include "net/task_group.hpp"
#include "net/threads.hpp"
#include "spool/spool.hpp"

#include <boost/asio/steady_timer.hpp>

namespace homespool::fetcher {

// For the spool's rule about duplicates: what the provider surely lists, once all that comes before a place
// in the order of retrieval is settled.
using ListedIds = std::function<std::shared_ptr<const spool::StillListed>(std::size_t in_order)>;

// A retrieved message, its place in the listing, and that in the order of retrieval.
struct Arrival {
  std::size_t place = 0;
  std::size_t in_order = 0;
  spool::Fetched fetched;
};

class Committer : public std::enable_shared_from_this<Committer> {
 public:
  struct Tools {
    spool::Spool& spool;
    net::WorkerPool& pool;
    net::TaskGroup& group; // of this thread
  };
  Committer(Tools tools, boost::asio::any_io_executor executor, std::string account, spool::MailboxId to,
            ListedIds listed);

  struct Stored {
    std::size_t place = 0;
    spool::RecordId record;
    bool duplicate = false;
  };

  // Returns once the batch is on its way, which may be after an earlier one is committed. False after a
  // fault.
  net::Awaitable<bool> submit(std::vector<Arrival> batch);
  // Waits for all that is on its way.
  net::Awaitable<void> drain();

  // Of the spool; the batches that met it are not stored.
  const std::optional<Failure>& fault() const { return fault_; }
  const std::vector<Stored>& stored() const { return stored_; }

 private:
  class Landing;
  using Batch = std::shared_ptr<std::vector<Arrival>>;
  static net::Awaitable<void> commit(std::shared_ptr<Committer> self, Batch batch, std::uint64_t turn);
  net::Awaitable<boost::system::error_code> store(Batch batch, std::uint64_t turn);
  void pass_turn(std::uint64_t turn);
  net::Awaitable<void> wait_below(std::size_t in_flight);

  Tools tools_;
  std::string account_;
  spool::MailboxId to_;
  ListedIds listed_;
  boost::asio::steady_timer changed_;
  std::size_t in_flight_ = 0;
  std::uint64_t submitted_ = 0;   // batches so far
  std::uint64_t handed_over_ = 0; // of these, to the spool
  std::optional<Failure> fault_;
  std::vector<Stored> stored_;
};

// What a fault of the spool means for an account.
Failure spool_failure(Step step, const boost::system::error_code& error);
// The same, of something that was thrown.
Failure unexpected_failure(const char* what);

} // namespace homespool::fetcher
