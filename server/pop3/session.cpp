#include "server/pop3/session.hpp"

#include "server/pop3/limits.hpp"

#include <boost/asio/error.hpp>
#include <spdlog/spdlog.h>

namespace homespool::server {

Awaitable<void> serve_pop3(ThreadRoom& room, std::unique_ptr<net::Stream> stream, bool implicit_tls) {
  pop3::Session session(room, std::move(stream));
  co_await session.run(implicit_tls);
}

namespace pop3 {

namespace asio = boost::asio;

Session::Session(ThreadRoom& room, std::unique_ptr<net::Stream> stream)
    : room_(room), stream_(std::move(stream)), lines_(*stream_),
      log_in_by_(room.shared.clock.steady() + kBeforeLogin) {}

Awaitable<void> Session::run(bool implicit_tls) {
  const auto executor = co_await asio::this_coro::executor;
  ticket_.emplace(room_.shared.sessions, Protocol::pop3, stream_->peer().address, executor,
                  [this] { stream_->interrupt(); });
  set_deadline();
  if (implicit_tls) {
    const bool secured = co_await start_tls();
    if (!secured) {
      co_return;
    }
  }
  ok(room_.shared.settings.get()->server.name + " homespool POP3 ready");
  co_await flush();
  co_await serve_lines();
  stream_->close();
}

Awaitable<bool> Session::start_tls() {
  const auto error = co_await stream_->start_tls(room_.shared.pop3_tls.get(), {});
  if (error) {
    spdlog::debug("pop3: TLS with {} failed: {}", stream_->peer().address, error.message());
  }
  co_return !error;
}

void Session::set_deadline() {
  if (login_) {
    stream_->expires_after(kIdle);
  } else {
    stream_->expires_after(std::max(log_in_by_ - room_.shared.clock.steady(), net::Steady::duration{}));
  }
}

Awaitable<void> Session::serve_lines() {
  while (!ended_) {
    const bool more = co_await next_line();
    if (!more) {
      co_return;
    }
    const ParsedCommand command = parse_command(line_);
    if (command.has_error()) {
      if (is_http_verb(line_)) {
        co_return;
      }
      bad_command(command.error());
    } else {
      co_await dispatch(*command);
    }
    if (ended_ || lines_.buffered() == 0) {
      co_await flush();
    }
  }
}

// False when the conversation is over. A line that is too long is answered and passed over here.
Awaitable<bool> Session::next_line() {
  while (true) {
    if (const auto reason = ticket_->end_reason()) {
      error("[SYS/TEMP] " + *reason);
      co_await flush();
      co_return false;
    }
    set_deadline();
    const auto line = co_await lines_.read_line(kLine);
    if (line) {
      line_ = *line;
      co_return true;
    }
    if (line.error() == asio::error::interrupted) {
      continue;
    }
    if (line.error() != asio::error::message_size) {
      if (line.error() == asio::error::timed_out) {
        error("[SYS/TEMP] idle for too long");
        co_await flush();
      }
      co_return false;
    }
    const auto skipped = co_await lines_.skip_line(kSaslLine);
    if (skipped) {
      co_return false;
    }
    bad_command("line too long");
    co_await flush();
    if (ended_) {
      co_return false;
    }
  }
}

void Session::bad_command(std::string_view sentence) {
  error(sentence);
  const unsigned limit = login_ ? kBadCommandsAfterLogin : kBadCommandsBeforeLogin;
  if (++bad_commands_ >= limit) {
    end();
  }
}

Awaitable<void> Session::dispatch(Command command) {
  switch (command.verb) {
  case Verb::capa:
    do_capa();
    co_return;
  case Verb::quit:
    co_await do_quit();
    co_return;
  case Verb::unknown:
    bad_command("unknown command");
    co_return;
  default:
    break;
  }
  if (login_) {
    co_await dispatch_mail(command);
    co_return;
  }
  std::string text(command.text); // line_ is overwritten by the next read
  switch (command.verb) {
  case Verb::user:
    co_await do_user(std::move(text));
    co_return;
  case Verb::pass:
    co_await do_pass(std::move(text));
    co_return;
  case Verb::auth:
    co_await do_auth(std::move(text));
    co_return;
  case Verb::stls:
    co_await do_stls();
    co_return;
  default:
    bad_command("log in first");
    co_return;
  }
}

Awaitable<void> Session::dispatch_mail(Command command) {
  switch (command.verb) {
  case Verb::stat:
    do_stat();
    co_return;
  case Verb::list:
    co_await do_list(command.number);
    co_return;
  case Verb::uidl:
    co_await do_uidl(command.number);
    co_return;
  case Verb::retr:
    co_await do_retr(command.number.value_or(0));
    co_return;
  case Verb::top:
    co_await do_top(command.number.value_or(0), command.lines);
    co_return;
  case Verb::dele:
    do_dele(command.number.value_or(0));
    co_return;
  case Verb::noop:
    ok("nothing done");
    co_return;
  case Verb::rset:
    maildrop_->unmark_all();
    ok("nothing is marked as deleted");
    co_return;
  default:
    bad_command("you are logged in already");
    co_return;
  }
}

void Session::ok(std::string_view text) {
  out_.append("+OK ").append(text).append("\r\n");
}

void Session::error(std::string_view text) {
  out_.append("-ERR ").append(text).append("\r\n");
}

Awaitable<void> Session::flush() {
  if (out_.empty()) {
    co_return;
  }
  stream_->expires_after(kIdle);
  const auto error = co_await stream_->write(std::string_view(out_));
  out_.clear();
  if (out_.capacity() > 4096) {
    out_.shrink_to_fit();
  }
  if (error) {
    end();
  }
}

Awaitable<void> Session::flush_if_large() {
  if (out_.size() >= kOutput) {
    co_await flush();
    if (ticket_->sent_away()) {
      end(); // in the middle of an answer: without its last line
    }
  }
}

} // namespace pop3
} // namespace homespool::server
