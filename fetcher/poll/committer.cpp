#include "fetcher/poll/committer.hpp"

#include "fetcher/limits.hpp"
#include "net/peer_text.hpp"

#include <boost/asio/as_tuple.hpp>

namespace homespool::fetcher {

namespace asio = boost::asio;
using boost::system::error_code;
using net::Awaitable;

Failure spool_failure(Step step, const error_code& error) {
  Failure failure;
  failure.kind = FailureClass::local;
  failure.step = step;
  failure.pauses = true;
  const bool full = error == spool::Error::no_space || error == boost::system::errc::no_space_on_device;
  failure.text = full ? kNoRoom : "the spool: " + error.message();
  return failure;
}

Failure unexpected_failure(const char* what) {
  Failure failure;
  failure.kind = FailureClass::local;
  failure.step = Step::retrieve;
  failure.text = "an unexpected error: " + net::peer_text(what, limits::kServerText - 30);
  return failure;
}

Committer::Committer(Tools tools, asio::any_io_executor executor, std::string account, spool::MailboxId to,
                     ListedIds listed)
    : tools_(tools), account_(std::move(account)), to_(to), listed_(std::move(listed)), changed_(executor) {
  changed_.expires_at(std::chrono::steady_clock::time_point::max());
}

Awaitable<bool> Committer::submit(std::vector<Arrival> batch) {
  if (batch.empty()) co_return !fault_;
  co_await wait_below(limits::kBatchesInFlight);
  if (fault_) co_return false;
  ++in_flight_;
  auto shared = std::make_shared<std::vector<Arrival>>(std::move(batch));
  tools_.group.spawn(commit(shared_from_this(), std::move(shared), submitted_++));
  co_return true;
}

Awaitable<void> Committer::drain() {
  co_await wait_below(1);
}

Awaitable<void> Committer::wait_below(std::size_t in_flight) {
  while (in_flight_ >= in_flight) co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
}

// One batch less on its way.
class Committer::Landing {
 public:
  Landing(Committer& committer, std::uint64_t turn) : committer_(committer), turn_(turn) {}
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;
  ~Landing() {
    --committer_.in_flight_;
    committer_.pass_turn(turn_);
  }

 private:
  Committer& committer_;
  std::uint64_t turn_;
};

void Committer::pass_turn(std::uint64_t turn) {
  handed_over_ = std::max(handed_over_, turn + 1);
  changed_.cancel();
}

Awaitable<void> Committer::commit(std::shared_ptr<Committer> self, Batch batch, std::uint64_t turn) {
  const Landing landing(*self, turn); // also when something is thrown
  std::optional<Failure> fault;
  try {
    const error_code error = co_await self->store(std::move(batch), turn);
    if (error) fault = spool_failure(Step::retrieve, error);
  } catch (const std::exception& thrown) { // the batch is not stored, and nobody may believe that it is
    fault = unexpected_failure(thrown.what());
  }
  if (fault && !self->fault_) self->fault_ = std::move(fault);
}

Awaitable<error_code> Committer::store(Batch batch, std::uint64_t turn) {
  std::function<error_code()> parse = [batch] {
    error_code error;
    for (Arrival& arrival : *batch) {
      if (!error) error = arrival.fetched.message.finish();
    }
    return error;
  };
  const error_code unparsed = co_await net::run_on<error_code>(tools_.pool, std::move(parse));
  if (unparsed) co_return unparsed;
  std::vector<spool::Fetched> messages;
  std::vector<std::size_t> places;
  messages.reserve(batch->size());
  for (Arrival& arrival : *batch) {
    messages.push_back(std::move(arrival.fetched));
    places.push_back(arrival.place);
  }
  const auto listed = listed_(batch->front().in_order);
  batch.reset();
  // The pool may have been quicker with this batch than with the one before it; the spool keeps the order in
  // which it is asked.
  while (handed_over_ < turn) co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
  pass_turn(turn);
  const auto outcomes = co_await tools_.spool.store_fetched(account_, to_, std::move(messages), listed);
  if (!outcomes) co_return outcomes.error();
  for (std::size_t i = 0; i < outcomes->size(); ++i) {
    Stored stored;
    stored.place = places[i];
    stored.record = (*outcomes)[i].record;
    stored.duplicate = (*outcomes)[i].duplicate;
    stored_.push_back(stored);
  }
  co_return error_code();
}

} // namespace homespool::fetcher
