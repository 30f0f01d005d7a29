// Reading commands: waiting for bytes, framing them, throwing away what is refused. Threads: the session's.
#include "server/imap/session.hpp"
#include "server/imap/wire/response.hpp"

#include <boost/asio/error.hpp>

namespace homespool::server::imap {

namespace {

// RFC 3501 section 5.4: at least 30 minutes.
constexpr std::chrono::minutes kAutologout{30};

std::string_view why_text(Frame::Why why) {
  switch (why) {
  case Frame::Why::line_too_long:
    return "The line is too long";
  case Frame::Why::too_many_literals:
    return "Too many literals in one command";
  case Frame::Why::literal_too_long:
    return "The literal is too long";
  default:
    return "The command is too long";
  }
}

} // namespace

void Session::set_read_deadline() {
  const auto now = room_.shared.clock.steady();
  if (!login_)
    read_deadline_ = login_deadline_;
  else
    read_deadline_ = now + kAutologout;
}

// What an ended wait means: true to wait on (there was something to look at), false when the session is over.
Awaitable<bool> Session::waited(net::ErrorCode error) {
  const auto reason = ticket_.end_reason();
  if (reason) {
    co_await bye(*reason);
    co_return false;
  }
  if (error == boost::asio::error::interrupted) co_return true;
  over_ = true;
  if (error == boost::asio::error::timed_out) {
    std::string words = login_ ? "Logged out: nothing was asked for 30 minutes" : "Log in sooner";
    co_await bye(std::move(words));
  }
  co_return false;
}

Awaitable<std::optional<std::string_view>> Session::more(std::size_t have) {
  if (reader_.buffered() <= have) {
    co_await out_.flush();
    if (have == 0) out_.rest();
  }
  for (;;) {
    if (out_.broken()) co_return std::nullopt;
    stream_->expires_after(read_deadline_ - room_.shared.clock.steady());
    const auto bytes = co_await reader_.peek_more(have);
    if (bytes) co_return *bytes;
    const bool again = co_await waited(bytes.error());
    if (!again) co_return std::nullopt;
  }
}

Awaitable<std::optional<std::string>> Session::read_line(std::size_t limit) {
  for (;;) {
    co_await out_.flush();
    if (out_.broken()) co_return std::nullopt;
    stream_->expires_after(read_deadline_ - room_.shared.clock.steady());
    const auto line = co_await reader_.read_line(limit);
    if (line) co_return std::string(*line);
    if (line.error() == boost::asio::error::interrupted && idling_ && changed_ && !ticket_.end_reason())
      co_return std::string();
    const bool again = co_await waited(line.error());
    if (!again) co_return std::nullopt;
  }
}

// Takes one command into command_ (and message_, for APPEND); false when the session is over.
Awaitable<bool> Session::read_command() {
  if (command_.capacity() > 4096) command_ = std::string();
  Framer framer(limits());
  set_read_deadline();
  std::size_t have = 0;
  for (;;) {
    const auto bytes = co_await more(have);
    if (!bytes) co_return false;
    Frame frame = framer.next(*bytes);
    while (frame.kind == Frame::Kind::literal) {
      out_.text() += "+ OK\r\n";
      frame = framer.next(*bytes);
    }
    if (frame.kind == Frame::Kind::more) {
      have = bytes->size();
      continue;
    }
    if (frame.kind == Frame::Kind::refused) {
      const bool go_on = co_await refuse_frame(frame, std::string(bytes->substr(0, 256)));
      if (!go_on) co_return false;
      framer.reset(limits());
      set_read_deadline();
      have = 0;
      continue;
    }
    command_.assign(bytes->substr(0, frame.bytes));
    reader_.consume(frame.bytes);
    if (frame.kind == Frame::Kind::message) {
      message_.emplace();
      message_->size = frame.literal;
      message_->synchronising = frame.synchronising;
    }
    co_return true;
  }
}

Awaitable<bool> Session::refuse_frame(Frame frame, std::string start) {
  reader_.consume(frame.bytes);
  if (!frame.synchronising) {
    Discarder discarder;
    const bool done = co_await discard(discarder);
    if (!done) co_return false;
  }
  const auto reply = Reply::bad(std::string(why_text(frame.why)));
  say(tag_of(start), reply);
  count_bad(reply);
  co_return !over_;
}

Awaitable<bool> Session::discard(Discarder discarder) {
  const auto limit = login_ ? kDiscard : kDiscardBeforeLogin;
  while (!discarder.done()) {
    const auto bytes = co_await more(0);
    if (!bytes) co_return false;
    reader_.consume(discarder.take(*bytes));
    if (discarder.total() > limit) {
      co_await bye("Too much was sent that could not be taken");
      co_return false;
    }
    co_await out_.yield();
  }
  co_return true;
}

} // namespace homespool::server::imap
