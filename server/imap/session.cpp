// The conversation: greeting, command after command, the end. Threads: the session's.
#include "server/imap/session.hpp"

#include "server/imap/wire/response.hpp"

#include <boost/mp11/algorithm.hpp>
#include <spdlog/spdlog.h>

namespace homespool::server::imap {

namespace {

constexpr std::chrono::seconds kLoginLimit{60};
constexpr std::chrono::seconds kHandshakeLimit{30};

template <class T>
constexpr std::size_t kIndex = boost::mp11::mp_find<Command, T>::value;

// What an EXPUNGE may be told beside (RFC 3501 section 7.4.1).
Permit permit_of(const Command& command) {
  if (const auto* fetch = std::get_if<command::Fetch>(&command)) return {fetch->uid, fetch->uid};
  if (const auto* store = std::get_if<command::Store>(&command)) return {store->uid, store->uid};
  if (const auto* search = std::get_if<command::Search>(&command)) return {search->uid, search->uid};
  return {};
}

bool is_http(std::string_view tag) {
  static constexpr std::string_view kVerbs[] = {"GET",     "POST",  "HEAD",  "PUT", "OPTIONS",
                                                "CONNECT", "TRACE", "PATCH", "PRI", "DELETE"};
  return std::find(std::begin(kVerbs), std::end(kVerbs), tag) != std::end(kVerbs);
}

} // namespace

Reply reply_of(boost::system::error_code error) {
  using spool::Error;
  if (error == Error::no_space) return Reply::no("[OVERQUOTA] The disk of the mail server is nearly full");
  if (error == Error::stopped) return Reply::no("[UNAVAILABLE] The server is stopping; nothing was changed");
  if (error == Error::no_such_mailbox) return no_such_mailbox();
  if (error == Error::mailbox_exists) return Reply::no("[ALREADYEXISTS] There is a folder of that name");
  if (error == Error::not_allowed) return Reply::no("[CANNOT] That cannot be done with this folder");
  if (error == Error::too_many_keywords)
    return Reply::no("[LIMIT] This folder has all the keywords it can have");
  if (error == Error::bad_record) return Reply::no("[CORRUPTION] A message is damaged on the server's disk");
  if (error == Error::no_such_message) return Reply::no("[EXPUNGEISSUED] The message is not there any more");
  return Reply::no("[SERVERBUG] The server could not do that: " + safe_text(error.message()));
}

Reply try_create() {
  return Reply::no("[TRYCREATE] There is no such folder");
}

Reply no_such_mailbox() {
  return Reply::no("[NONEXISTENT] There is no such folder");
}

Session::Session(ThreadRoom& room, std::unique_ptr<net::Stream> stream, boost::asio::any_io_executor executor)
    : room_(room), stream_(std::move(stream)), executor_(std::move(executor)), reader_(*stream_),
      ticket_(room.shared.sessions, Protocol::imap, stream_->peer().address, executor_,
              [raw = stream_.get()] { raw->interrupt(); }),
      out_(*stream_, room.shared.clock, ticket_), login_deadline_(room.shared.clock.steady() + kLoginLimit) {}

std::string Session::whoami() const {
  const auto peer = stream_->peer();
  return peer.address.empty() ? std::string("a local socket") : peer.address;
}

Awaitable<void> Session::run(bool implicit_tls) {
  if (implicit_tls) {
    stream_->expires_after(kHandshakeLimit);
    auto context = room_.shared.imap_tls.get();
    const net::ErrorCode error = co_await stream_->start_tls(std::move(context), std::string());
    if (error) {
      spdlog::info("imap: no TLS with {}: {}", whoami(), safe_text(error.message()));
      stream_->close();
      co_return;
    }
  }
  co_await converse();
  co_await out_.flush();
  stream_->close();
  if (login_) spdlog::info("imap: {} logged out, from {}", safe_text(login_->client->login, 100), whoami());
}

Awaitable<void> Session::converse() {
  out_.text() += "* OK [CAPABILITY " + capabilities() + "] homespool at " +
                 safe_text(room_.shared.settings.get()->server.name, 200) + " is ready\r\n";
  while (!over_ && !out_.broken()) {
    // Commands that wait in the buffer are not served any more.
    if (const auto reason = ticket_.end_reason()) {
      co_await bye(*reason);
      co_return;
    }
    const bool got = co_await read_command();
    if (!got) co_return;
    co_await serve_command();
    co_await out_.breathe();
  }
}

Awaitable<void> Session::serve_command() {
  ParserOptions options;
  options.limits = limits();
  options.utf8 = utf8();
  auto parsed = parse_command(command_, options);
  if (!login_ && is_http(parsed.tag)) {
    over_ = true;
    co_return;
  }
  Reply reply;
  if (!parsed.command) {
    const auto& error = parsed.command.error();
    reply = error.answer == ParseError::Answer::no ? Reply::no(error.text) : Reply::bad(error.text);
  } else if (!in_right_state(*parsed.command)) {
    reply =
        Reply::bad("Not now: " + parsed.name + (login_ ? " needs another state" : " needs a login first"));
  } else {
    const Permit permit = permit_of(*parsed.command);
    reply = co_await dispatch(std::move(*parsed.command));
    if (selected_ && !over_) {
      const bool there = co_await refresh();
      if (!there) co_return;
      co_await announce(permit);
    }
  }
  co_await drop_message();
  if (over_ && reply.kind == Reply::Kind::none) co_return;
  say(parsed.tag, reply);
  count_bad(reply);
}

// APPEND's message that nobody took comes on the same line: it must not be taken for commands.
Awaitable<void> Session::drop_message() {
  const auto message = std::exchange(message_, std::nullopt);
  if (!message || message->synchronising || over_) co_return;
  Discarder discarder;
  discarder.take(command_);
  const bool done = co_await discard(discarder);
  if (!done) over_ = true;
}

Awaitable<Reply> Session::dispatch(Command command) {
  Awaitable<Reply> task = std::visit([this](auto& one) { return execute(std::move(one)); }, command);
  co_return co_await std::move(task);
}

bool Session::in_right_state(const Command& command) const {
  const auto at = command.index();
  if (at < kIndex<command::StartTls>) return true;
  if (at < kIndex<command::Enable>) return !login_;
  if (at < kIndex<command::Check>) return login_.has_value();
  return selected_.has_value();
}

void Session::say(const std::string& tag, const Reply& reply) {
  switch (reply.kind) {
  case Reply::Kind::ok:
    out_.text() += tag + " OK " + reply.text + "\r\n";
    break;
  case Reply::Kind::no:
    out_.text() += tag + " NO " + reply.text + "\r\n";
    break;
  case Reply::Kind::bad:
    out_.text() += tag + " BAD " + reply.text + "\r\n";
    break;
  case Reply::Kind::none:
    break;
  }
}

// A client that only sends nonsense is none. After login an honest one may err now and then.
void Session::count_bad(const Reply& reply) {
  if (reply.kind != Reply::Kind::bad) {
    if (login_) bad_ = 0;
    return;
  }
  ++bad_;
  if (bad_ < (login_ ? kBadAfterLogin : kBadBeforeLogin)) return;
  out_.text() += "* BYE Too many bad commands\r\n";
  over_ = true;
}

Awaitable<void> Session::bye(std::string reason) {
  over_ = true;
  out_.text() += "* BYE " + safe_text(reason) + "\r\n";
  co_await out_.flush();
}

Actor Session::actor() const {
  return actor_imap(*room_.shared.settings.get(), login_ ? login_->client->login : std::string(), user_);
}

} // namespace homespool::server::imap

namespace homespool::server {

Awaitable<void> serve_imap(ThreadRoom& room, std::unique_ptr<net::Stream> stream, bool implicit_tls) {
  const auto executor = co_await boost::asio::this_coro::executor;
  imap::Session session(room, std::move(stream), executor);
  co_await session.run(implicit_tls);
}

} // namespace homespool::server
