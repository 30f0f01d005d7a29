#include "fetcher/poll/retrieve.hpp"

#include "fetcher/classify.hpp"
#include "fetcher/limits.hpp"

#include <boost/asio/post.hpp>

namespace homespool::fetcher {
namespace {

namespace asio = boost::asio;
using net::Awaitable;

constexpr std::uint64_t kUnknownSize = 64 * 1024; // counted for a message whose size was not listed
constexpr std::size_t kRefusedByServer = 10;
// A command that every server knows and that changes nothing.
constexpr std::string_view kProof = "STAT\r\n";
constexpr std::size_t kYieldEvery = 32; // messages; others of this thread get their turn

} // namespace

Retriever::Retriever(Tools tools, Connection& connection, const Listing& listing, RetrieveOrder order)
    : tools_(tools), connection_(connection), listing_(listing), order_(std::move(order)),
      end_(tools.clock.steady() + limits::kPoll) {}

bool Retriever::all_refused() const {
  return received_ == 0 && refused_ >= kRefusedByServer;
}

std::uint64_t Retriever::size_of(std::size_t in_order) const {
  const std::uint64_t listed = listing_[order_.places[in_order]].size;
  return listed > 0 ? listed : kUnknownSize;
}

bool Retriever::window_open() const {
  if (asked_ == order_.places.size()) return false;
  if (asked_ == answered_) return true;
  if (!order_.pipelining || asked_ - answered_ >= limits::kWindowCommands) return false;
  return bytes_on_the_way_ + size_of(asked_) <= limits::kWindowBytes;
}

Awaitable<Outcome> Retriever::run() {
  Outcome failure;
  while (answered_ < order_.places.size() && !failure) {
    failure = co_await top_up();
    if (!failure) failure = co_await take_one();
    if (!failure && tools_.clock.steady() > end_) {
      failure = broken(Step::retrieve, asio::error::timed_out);
      failure->text = "this poll took too long; the next one goes on";
    }
  }
  if (!failure) failure = co_await prove_last();
  accept_held();
  const bool taken = co_await pass_on(true);
  co_await tools_.committer.drain();
  if (!taken || tools_.committer.fault()) co_return tools_.committer.fault();
  co_return failure;
}

// Commands for the free part of the window; it is filled up when half of it is free, so that few writes do.
Awaitable<Outcome> Retriever::top_up() {
  const bool idle = asked_ == answered_;
  const bool half_free =
      (asked_ - answered_) * 2 <= limits::kWindowCommands && bytes_on_the_way_ * 2 <= limits::kWindowBytes;
  if (!half_free || !window_open()) co_return std::nullopt;
  std::string commands;
  while (window_open()) {
    commands += "RETR " + std::to_string(listing_[order_.places[asked_]].number) + "\r\n";
    bytes_on_the_way_ += size_of(asked_);
    ++asked_;
  }
  if (asked_ == order_.places.size() && order_.pipelining) commands += kProof;
  Outcome failure = co_await connection_.send(Step::retrieve, std::move(commands), idle);
  if (failure && idle && connection_.unasked_bytes()) failure = suspect_held(std::move(*failure));
  co_return failure;
}

// The answer to one more command tells whether the last message was whole.
Awaitable<Outcome> Retriever::prove_last() {
  if (!order_.pipelining) {
    Outcome failure = co_await connection_.send(Step::retrieve, std::string(kProof));
    if (failure && connection_.unasked_bytes()) failure = suspect_held(std::move(*failure));
    if (failure) co_return failure;
  }
  const auto answer = co_await connection_.reply(Step::retrieve);
  if (!answer) co_return answer.error();
  if (answer->kind == Reply::Kind::ok || answer->kind == Reply::Kind::err) co_return std::nullopt;
  co_return suspect_held(refused(Step::retrieve, *answer));
}

// The answer to the oldest RETR.
Awaitable<Outcome> Retriever::take_one() {
  const std::size_t place = order_.places[answered_];
  const auto answer = co_await connection_.reply(Step::retrieve);
  if (!answer) {
    if (!tools_.break_off.wanted()) fail(place, answer.error().text);
    co_return answer.error();
  }
  if (answer->kind != Reply::Kind::ok && answer->kind != Reply::Kind::err) {
    co_return suspect_held(refused(Step::retrieve, *answer));
  }
  accept_held();
  Outcome failure;
  if (answer->kind == Reply::Kind::err) {
    fail(place, refused(Step::retrieve, *answer).text);
    ++refused_;
  } else {
    failure = co_await take_body(place);
  }
  bytes_on_the_way_ -= size_of(answered_);
  ++answered_;
  const bool taken = co_await pass_on(false);
  if (!taken && !failure) failure = tools_.committer.fault();
  co_return failure;
}

Awaitable<Outcome> Retriever::take_body(std::size_t place) {
  spool::Incoming message(tools_.spool);
  const Connection::Body body = co_await connection_.body(message, order_.largest, order_.pipelining);
  swallowed_ = swallowed_ || body.swallowed;
  if (body.spool_fault) co_return spool_failure(Step::retrieve, body.spool_fault);
  if (body.failure) {
    if (!tools_.break_off.wanted()) fail(place, body.failure->text, body.too_large ? message.size() : 0);
    co_return body.failure;
  }
  if (message.size() == 0) {
    fail(place, "the server sent an empty message");
    failed_.back().collected = true;
    co_return std::nullopt;
  }
  spool::Fetched fetched{std::move(message), std::string(listing_.id(place)), listing_[place].occurrence,
                         listing_[place].size};
  held_.emplace(Arrival{place, answered_, std::move(fetched)});
  co_return std::nullopt;
}

void Retriever::accept_held() {
  if (!held_) return;
  if (batch_.empty()) batch_since_ = tools_.clock.steady();
  batch_bytes_ += held_->fetched.message.size();
  batch_.push_back(std::move(*held_));
  held_.reset();
  ++received_;
  if (tools_.waiting > 0) --tools_.waiting;
}

// The message before an answer that makes no sense was most likely cut short.
Failure Retriever::suspect_held(Failure failure) {
  const std::size_t place =
      held_ ? held_->place : order_.places[std::min(answered_, order_.places.size() - 1)];
  held_.reset();
  fail(place, failure.text);
  return failure;
}

void Retriever::fail(std::size_t place, std::string reason, std::uint64_t grown_to) {
  FailedTry failed;
  failed.place = place;
  failed.reason = std::move(reason);
  failed.grown_to = grown_to;
  failed_.push_back(std::move(failed));
}

Awaitable<bool> Retriever::pass_on(bool all) {
  const bool full = batch_.size() >= limits::kBatchMessages || batch_bytes_ >= limits::kBatchBytes;
  const bool old = !batch_.empty() && tools_.clock.steady() - batch_since_ >= limits::kBatchAge;
  if (answered_ % kYieldEvery == 0) {
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
  }
  if (!all && !full && !old) co_return !tools_.committer.fault();
  batch_bytes_ = 0;
  std::vector<Arrival> batch = std::move(batch_);
  batch_.clear();
  co_return co_await tools_.committer.submit(std::move(batch));
}

} // namespace homespool::fetcher
