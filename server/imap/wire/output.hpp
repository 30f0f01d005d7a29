// What goes to the client: gathered, and written out in pieces of bounded size.
//
// For: the session. After the first failed write everything later is dropped and broken() is true; the
// session looks there in its loops. Not for: rendering. Threads: the session's.
#pragma once

#include "net/clock.hpp"
#include "net/stream.hpp"
#include "server/imap/fetch/fetch_writer.hpp"
#include "server/session.hpp"

#include <chrono>
#include <string>

namespace homespool::server::imap {

using net::Awaitable;

class Output {
 public:
  // A client that takes nothing for this long is gone.
  static constexpr std::chrono::minutes kWriteLimit{5};
  // Enough for one write; what is gathered beyond it is written.
  static constexpr std::size_t kEnough = 64 * 1024;

  // All must outlive it. Once the session of `ticket` is sent away no more of a message is sent.
  Output(net::Stream& stream, net::Clock& clock, const SessionTicket& ticket)
      : stream_(stream), clock_(clock), ticket_(ticket) {}

  std::string& text() { return pending_.text; }
  FetchOutput& fetch() { return pending_; }
  bool full() const { return pending_.text.size() >= kEnough || !pending_.ranges.empty(); }
  bool empty() const { return pending_.text.empty() && pending_.ranges.empty(); }
  bool broken() const { return broken_; }

  // Writes all that is gathered.
  Awaitable<void> flush();
  // Writes if it is enough, and lets other sessions of the thread run when this one had its share.
  Awaitable<void> breathe();
  // Only the second half.
  Awaitable<void> yield();
  // The client waits for bytes that will not come: only the end of the connection is honest.
  void fail() { broken_ = true; }
  // Gives memory back: to be called before a long wait.
  void rest();

 private:
  Awaitable<void> send(std::string_view bytes);
  Awaitable<void> send_file(const FetchOutput::FileRange& range);

  net::Stream& stream_;
  net::Clock& clock_;
  const SessionTicket& ticket_;
  FetchOutput pending_;
  net::Steady::time_point turn_{}; // when this session last let others run
  bool broken_ = false;
};

// Why not every byte of the range can be read. Streaming cannot take back what it has begun.
Awaitable<boost::system::error_code> try_to_read(Output& output, FetchOutput::FileRange range);

} // namespace homespool::server::imap
