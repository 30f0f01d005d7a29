// Retrieves the messages of a plan: RETR ahead of the answers within a window of bytes, bodies straight into
// the spool.
//
// A message counts as received once the server's next answer makes sense, so that one that was ended early by
// a dot of its own is not taken for whole. What was received goes to the committer in batches. Not for: the
// ledger's counting of failed tries (fetcher/poll/poll.hpp). Threads: the connection's.
#pragma once

#include "fetcher/poll/committer.hpp"
#include "fetcher/poll/session.hpp"
#include "fetcher/pop3/connection.hpp"
#include "fetcher/pop3/listing.hpp"

#include <atomic>

namespace homespool::fetcher {

struct FailedTry {
  std::size_t place = 0;
  std::string reason;
  std::uint64_t grown_to = 0; // more than the account's limit; 0: it failed otherwise
  bool collected = false;     // the server takes it for retrieved
};

struct RetrieveOrder {
  std::vector<std::size_t> places; // in the listing
  std::uint64_t largest = 0;
  bool pipelining = false;
};

class Retriever {
 public:
  struct Tools {
    spool::Spool& spool;
    net::Clock& clock;
    Committer& committer;
    BreakOff& break_off;
    std::atomic<std::uint64_t>& waiting; // counts down as messages come
  };
  Retriever(Tools tools, Connection& connection, const Listing& listing, RetrieveOrder order);

  // Until all are tried, or the line or the spool fails: then the connection is to be dropped.
  net::Awaitable<Outcome> run();
  const std::vector<FailedTry>& failed() const { return failed_; }
  // Not even one message came, and many were refused: it is the server, not the messages.
  bool all_refused() const;
  std::size_t received() const { return received_; }
  // Some were not even tried, since the line failed.
  bool left() const { return received_ + failed_.size() < order_.places.size(); }
  // Answers may have gone into a message: with one command at a time it is clear whose they are.
  bool swallowed() const { return swallowed_; }

 private:
  net::Awaitable<Outcome> top_up();
  net::Awaitable<Outcome> take_one();
  net::Awaitable<Outcome> prove_last();
  net::Awaitable<Outcome> take_body(std::size_t place);
  net::Awaitable<bool> pass_on(bool all);
  void accept_held();
  void fail(std::size_t place, std::string reason, std::uint64_t grown_to = 0);
  Failure suspect_held(Failure failure);
  std::uint64_t size_of(std::size_t in_order) const;
  bool window_open() const;

  Tools tools_;
  Connection& connection_;
  const Listing& listing_;
  RetrieveOrder order_;
  std::size_t asked_ = 0, answered_ = 0; // places of the order
  std::uint64_t bytes_on_the_way_ = 0;
  std::optional<Arrival> held_; // whole, unless the next answer is garbage
  std::vector<Arrival> batch_;
  std::uint64_t batch_bytes_ = 0;
  net::Steady::time_point batch_since_{};
  net::Steady::time_point end_;
  std::vector<FailedTry> failed_;
  std::size_t received_ = 0, refused_ = 0;
  bool swallowed_ = false;
};

} // namespace homespool::fetcher
