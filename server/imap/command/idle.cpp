// IDLE (RFC 2177): the change feed wakes the session; nothing is polled. Threads: the session's.
#include "mail/ascii.hpp"
#include "server/imap/session.hpp"

namespace homespool::server::imap {

namespace {

constexpr std::size_t kDoneLine = 8 * 1024;

} // namespace

Awaitable<Reply> Session::execute(command::Idle) {
  out_.text() += "+ idling\r\n";
  command_ = std::string();
  set_read_deadline();
  spool::Watch watch;
  if (selected_) {
    auto wake = [this] {
      changed_ = true;
      if (idling_) stream_->interrupt();
    };
    watch = spool::Watch(spool(), selected_->mailbox.id, executor_, std::move(wake));
  }
  idling_ = true;
  changed_ = selected_.has_value(); // what came before the watch was set
  auto reply = co_await idle_until_done();
  idling_ = false;
  changed_ = false;
  co_return reply;
}

Awaitable<Reply> Session::idle_until_done() {
  for (;;) {
    if (std::exchange(changed_, false)) {
      const bool there = co_await refresh();
      if (!there) co_return Reply::none();
      co_await announce(Permit());
    }
    const auto line = co_await read_line(kDoneLine);
    if (!line) co_return Reply::none();
    if (changed_ && line->empty()) continue; // woken by the watch
    if (mail::equals_ignoring_case(*line, "DONE")) co_return Reply::ok("Idled");
    co_return Reply::bad("DONE was expected");
  }
}

} // namespace homespool::server::imap
