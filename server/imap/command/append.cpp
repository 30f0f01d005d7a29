// APPEND: streams a message from the client into the spool. Threads: the session's; a large message is parsed
// on the worker pool.
#include "server/imap/session.hpp"

#include "mail/ascii.hpp"

namespace homespool::server::imap {

namespace {

// Parsing beyond this takes long enough to be another thread's work.
constexpr std::uint64_t kParsedHere = 256 * 1024;

std::string uid_text(const spool::UidMapping& mapping) {
  return "[APPENDUID " + std::to_string(mapping.uidvalidity) + ' ' + mapping.to.text() + "] ";
}

Awaitable<boost::system::error_code> finish(std::shared_ptr<spool::Incoming> message,
                                            net::WorkerPool& workers) {
  if (message->size() <= kParsedHere) co_return message->finish();
  std::function<boost::system::error_code()> work = [message] { return message->finish(); };
  co_return co_await net::run_on<boost::system::error_code>(workers, std::move(work));
}

} // namespace

// Looked at before a byte of the message is taken: `+` is sent for nothing that will be refused.
Reply Session::may_append(const command::Append& append) const {
  const auto settings = room_.shared.settings.get();
  if (append.size > settings->server.largest_append)
    return Reply::no("[TOOBIG] Messages may have " + std::to_string(settings->server.largest_append) +
                     " bytes");
  if (append.size == 0) return Reply::no("An empty message cannot be kept");
  const auto target = find(append.mailbox);
  const auto who = actor();
  const auto kind = target ? folder_kind(who, target->special_use) : FolderKind::ordinary;
  if (decide(who, Act::file_into, kind) != Ruling::allowed)
    return Reply::no("[NOPERM] " + refusal(who, Act::file_into));
  if (!target) return try_create();
  if (spool().status().low_space) return reply_of(make_error_code(spool::Error::no_space));
  return Reply::ok({});
}

// Nothing when it is all there; a reply when the message cannot be kept (its bytes are taken all the same) or
// the session is over.
Awaitable<std::optional<Reply>> Session::take_message(std::shared_ptr<spool::Incoming> message,
                                                      std::uint64_t size) {
  boost::system::error_code error;
  for (std::uint64_t left = size; left > 0;) {
    set_read_deadline();
    const auto bytes = co_await more(0);
    if (!bytes) co_return Reply::none();
    const auto piece =
        bytes->substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes->size())));
    if (!error) error = message->append(piece);
    left -= piece.size();
    reader_.consume(piece.size());
    co_await out_.yield();
  }
  if (error == boost::system::errc::no_space_on_device) error = make_error_code(spool::Error::no_space);
  if (error) co_return reply_of(error);
  co_return std::nullopt;
}

// The line that ends the command. False when something else is there, or the session is over.
Awaitable<bool> Session::take_rest_of_append(bool utf8) {
  Framer framer(limits());
  std::size_t have = 0;
  for (;;) {
    const auto bytes = co_await more(have);
    if (!bytes) co_return false;
    const auto frame = framer.next(*bytes);
    have = bytes->size();
    if (frame.kind == Frame::Kind::more) continue;
    if (frame.kind == Frame::Kind::complete) {
      const auto rest = mail::trim_spaces(bytes->substr(0, frame.bytes));
      const bool right = rest == (utf8 ? ")" : "");
      reader_.consume(frame.bytes);
      co_return right;
    }
    // A second message or a literal: nothing that was offered. Its bytes are not commands either.
    Discarder discarder;
    co_await discard(discarder);
    co_return false;
  }
}

Awaitable<Reply> Session::execute(command::Append append) {
  const auto verdict = may_append(append);
  if (verdict.kind != Reply::Kind::ok) co_return verdict;
  const auto pending = std::exchange(message_, std::nullopt);
  if (!pending) co_return Reply::bad("A message is missing");
  if (pending->synchronising) out_.text() += "+ Send the message\r\n";

  const auto message = std::make_shared<spool::Incoming>(spool());
  auto failed = co_await take_message(message, pending->size);
  if (over_) co_return Reply::none();
  const bool ended = co_await take_rest_of_append(append.utf8);
  if (over_) co_return Reply::none();
  if (!ended) co_return Reply::bad("One message and nothing else can be appended");
  if (failed) co_return *failed;
  const auto error = co_await finish(message, room_.shared.workers);
  if (error) co_return reply_of(error);

  // Looked up again: the message may have taken a while.
  const auto again = may_append(append);
  if (again.kind != Reply::Kind::ok) co_return again;
  const auto target = find(append.mailbox);
  const auto who = actor();
  const auto settable = settable_flags(who.role, folder_kind(who, target->special_use));
  spool::AppendItem item{std::move(*message), std::move(append.flags), append.date};
  item.flags.system &= settable.system;
  std::vector<spool::AppendItem> items;
  items.push_back(std::move(item));
  const auto stored = co_await spool().append(target->id, std::move(items));
  if (!stored) {
    if (stored.error() == spool::Error::no_such_mailbox) co_return try_create();
    co_return reply_of(stored.error());
  }
  co_return Reply::ok(uid_text(*stored) + "Kept");
}

} // namespace homespool::server::imap
