// One connection to a POP3 server: commands out, status lines, lists and bodies in, each with its deadline.
//
// For: the conversation (fetcher/pop3/conversation.hpp) and the loops that retrieve and delete. Not for: what
// to say when. After any failure the connection is to be dropped; a refusal (-ERR) is not a failure here.
// Threads: the stream's.
#pragma once

#include "config/secret.hpp"
#include "fetcher/failure.hpp"
#include "fetcher/pop3/body_decoder.hpp"
#include "fetcher/pop3/drip_watch.hpp"
#include "fetcher/pop3/reply.hpp"
#include "net/clock.hpp"
#include "net/line_reader.hpp"
#include "spool/incoming/incoming.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace homespool::fetcher {

class Connection {
 public:
  using Outcome = std::optional<Failure>; // absent: it went well

  Connection(std::unique_ptr<net::Stream> stream, net::Clock& clock);
  ~Connection();

  // Sends whole commands, line ends included. Bytes that are here before the first command of a window
  // (`idle`) are an error: nobody asked for them.
  net::Awaitable<Outcome> send(Step step, std::string commands, bool idle = true);
  // What must not be shown is taken out of refusals and garbage from now on.
  void hide(config::Secret secret);
  // One status line. Views of the reply hold until the next call.
  net::Awaitable<boost::system::result<Reply, Failure>> reply(Step step, std::chrono::seconds limit);
  net::Awaitable<boost::system::result<Reply, Failure>> reply(Step step);

  // The lines of a multi-line answer after its status line, dot stuffing taken out. Lines longer than
  // `longest` are given as their first `longest` bytes with `cut` true. A false return of `take` ends it as a
  // failure ("too much").
  using TakeLine = std::function<bool(std::string_view line, bool cut)>;
  struct LinesLimit {
    std::size_t longest = 0; // bytes of a line
    std::size_t all = 0;     // bytes of the answer
  };
  net::Awaitable<Outcome> lines(Step step, LinesLimit limit, const TakeLine& take);

  // A message into `into`, after its status line. `more_due`: other answers are on their way, which a message
  // without an end of its own would swallow (fetcher/pop3/swallow_watch.hpp).
  struct Body {
    std::optional<Failure> failure;        // the line; or the body went past `largest`
    boost::system::error_code spool_fault; // of append()
    bool too_large = false;
    bool swallowed = false;
  };
  net::Awaitable<Body> body(spool::Incoming& into, std::uint64_t largest, bool more_due);

  // Bytes have come that nobody asked for (of interest when no answer is due), read or still on the stream.
  bool unasked_bytes() { return reader_.buffered() > 0 || stream_->bytes_wait(); }
  net::Awaitable<Outcome> start_tls(std::shared_ptr<net::TlsContext> context, std::string host);
  bool is_tls() const { return stream_->is_tls(); }
  // Ends pending reads and writes.
  void close() { stream_->close(); }

 private:
  Failure lost(Step step, const net::ErrorCode& error) const;
  std::size_t give_lines(std::string_view have, std::size_t longest, const TakeLine& take, bool& full);

  std::unique_ptr<net::Stream> stream_;
  net::Clock* clock_;
  net::LineReader reader_;
  LineMode line_mode_ = LineMode::crlf; // lf once a status line ended so
  bool lines_ended_ = false;            // the dot was seen by give_lines
  std::vector<config::Secret> secrets_;
  std::string shown_; // the last refusal, without secrets
};

} // namespace homespool::fetcher
