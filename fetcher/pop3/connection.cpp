#include "fetcher/pop3/connection.hpp"

#include "fetcher/classify.hpp"
#include "fetcher/pop3/hide_secrets.hpp"
#include "fetcher/pop3/swallow_watch.hpp"
#include "net/peer_text.hpp"

#include <boost/asio/error.hpp>

namespace homespool::fetcher {
namespace {

using net::Awaitable;
using net::ErrorCode;

Failure unexpected(Step step, std::string text) {
  Failure failure;
  failure.kind = FailureClass::temporary;
  failure.step = step;
  failure.text = std::move(text);
  return failure;
}

} // namespace

Connection::Connection(std::unique_ptr<net::Stream> stream, net::Clock& clock)
    : stream_(std::move(stream)), clock_(&clock), reader_(*stream_) {}

Connection::~Connection() {
  stream_->close();
}

Failure Connection::lost(Step step, const ErrorCode& error) const {
  return broken(step, error, stream_->tls_failure());
}

Awaitable<Connection::Outcome> Connection::send(Step step, std::string commands, bool idle) {
  if (idle && unasked_bytes()) co_return unexpected(step, "the server sent more than was asked for");
  stream_->expires_after(limits::kAnswer);
  const ErrorCode error = co_await stream_->write(commands);
  if (error) co_return lost(step, error);
  co_return std::nullopt;
}

Awaitable<boost::system::result<Reply, Failure>> Connection::reply(Step step) {
  return reply(step, limits::kAnswer);
}

Awaitable<boost::system::result<Reply, Failure>> Connection::reply(Step step, std::chrono::seconds limit) {
  stream_->expires_after(limit);
  const net::Result<std::string_view> line = co_await reader_.read_line(limits::kStatusLine);
  if (!line) co_return lost(step, line.error());
  if (reader_.ended_in_bare_lf()) line_mode_ = LineMode::lf;
  Reply reply = parse_reply(*line);
  const bool repeated = reply.kind == Reply::Kind::err || reply.kind == Reply::Kind::garbage;
  if (repeated && !secrets_.empty()) {
    shown_ = hide_secrets(reply.text, secrets_);
    reply.text = shown_;
  }
  co_return reply;
}

void Connection::hide(config::Secret secret) {
  if (!secret.empty()) secrets_.push_back(std::move(secret));
}

// All whole lines of `have`; returns the bytes taken. Any LF ends a line of a list: there is nothing to be
// smuggled.
std::size_t Connection::give_lines(std::string_view have, std::size_t longest, const TakeLine& take,
                                   bool& full) {
  std::size_t taken = 0;
  while (!lines_ended_ && !full) {
    const std::size_t lf = have.find('\n', taken);
    if (lf == std::string_view::npos) break;
    std::string_view line = have.substr(taken, lf - taken);
    taken = lf + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line == ".") {
      lines_ended_ = true;
      break;
    }
    if (line.starts_with('.')) line.remove_prefix(1);
    const bool cut = line.size() > longest;
    full = !take(line.substr(0, longest), cut);
  }
  return taken;
}

Awaitable<Connection::Outcome> Connection::lines(Step step, LinesLimit limit, const TakeLine& take) {
  DripWatch watch(clock_->steady());
  lines_ended_ = false;
  bool full = false;
  bool skipping = false; // the rest of a line that was too long
  std::size_t pending = 0;
  for (std::size_t all = 0; all <= limit.all && !full;) {
    const auto patience = watch.patience(clock_->steady());
    if (patience <= patience.zero()) co_return lost(step, boost::asio::error::timed_out);
    stream_->expires_after(patience);
    const net::Result<std::string_view> have = co_await reader_.peek_more(pending);
    if (!have) co_return lost(step, have.error());
    watch.add(have->size() - pending);
    std::string_view fresh = *have;
    std::size_t skipped = 0;
    if (skipping) {
      const std::size_t lf = fresh.find('\n');
      skipped = lf == std::string_view::npos ? fresh.size() : lf + 1;
      skipping = lf == std::string_view::npos;
      fresh.remove_prefix(skipped);
    }
    const std::size_t taken = give_lines(fresh, limit.longest, take, full);
    pending = fresh.size() - taken;
    reader_.consume(skipped + taken);
    all += skipped + taken;
    if (lines_ended_) co_return std::nullopt;
    if (pending > limit.longest + 2 && !full) {
      full = !take(fresh.substr(taken, limit.longest), true);
      reader_.consume(pending);
      all += pending;
      pending = 0;
      skipping = true;
    }
  }
  co_return unexpected(step, "the server's answer is larger than any mailbox needs");
}

Awaitable<Connection::Body> Connection::body(spool::Incoming& into, std::uint64_t largest, bool more_due) {
  Body result;
  SwallowWatch swallow_watch;
  DripWatch watch(clock_->steady());
  BodyDecoder decoder(line_mode_);
  for (;;) {
    const auto patience = watch.patience(clock_->steady());
    net::Result<std::string_view> have = ErrorCode(boost::asio::error::timed_out);
    if (patience > patience.zero()) {
      stream_->expires_after(patience);
      have = co_await reader_.peek();
    }
    if (!have) {
      result.failure = lost(Step::retrieve, have.error());
      co_return result;
    }
    watch.add(have->size());
    bool end = false;
    std::size_t taken = 0;
    while (taken < have->size() && !end) {
      const BodyDecoder::Piece piece = decoder.next(have->substr(taken));
      taken += piece.consumed;
      end = piece.end;
      if (more_due && swallow_watch.see(piece.bytes)) result.swallowed = true;
      if (!piece.bytes.empty() && !result.spool_fault) result.spool_fault = into.append(piece.bytes);
    }
    reader_.consume(taken);
    if (result.swallowed) {
      result.failure = unexpected(Step::retrieve, "a message seems to have no end of its own");
      co_return result;
    }
    if (result.spool_fault) co_return result;
    if (into.size() > largest) {
      result.too_large = true;
      result.failure = unexpected(Step::retrieve, "a message is larger than the account's limit");
      result.failure->kind = FailureClass::message;
      co_return result;
    }
    if (end) co_return result;
  }
}

Awaitable<Connection::Outcome> Connection::start_tls(std::shared_ptr<net::TlsContext> context,
                                                     std::string host) {
  if (reader_.buffered() > 0) { // what is still on the stream the handshake chokes on
    Failure failure = unexpected(Step::tls, "the server sent bytes before the TLS handshake");
    failure.kind = FailureClass::tls;
    co_return failure;
  }
  stream_->expires_after(limits::kTls);
  const ErrorCode error = co_await stream_->start_tls(std::move(context), std::move(host));
  if (!error) co_return std::nullopt;
  const bool transport = error == boost::asio::error::timed_out || error == boost::asio::error::eof ||
                         error == boost::asio::error::connection_reset ||
                         error == boost::asio::error::operation_aborted;
  Failure failure = transport ? broken(Step::tls, error) : lost(Step::tls, error);
  if (!transport) failure.kind = FailureClass::tls;
  co_return failure;
}

} // namespace homespool::fetcher
