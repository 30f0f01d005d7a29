// FETCH: streams in bounded memory, message by message. Threads: the session's.
#include "server/imap/fetch_writer.hpp"
#include "server/imap/session.hpp"

#include <spdlog/spdlog.h>

namespace homespool::server::imap {

namespace {

// How many messages are rendered before the clock is looked at.
constexpr std::size_t kMessagesATurn = 32;

Reply fetched(bool damaged, bool missing) {
  if (damaged)
    return Reply::no("[CORRUPTION] A message is damaged on the server's disk; the others were sent");
  if (missing) return Reply::no("[EXPUNGEISSUED] Some of the messages are not there any more");
  return Reply::ok("Fetched");
}

} // namespace

// Sets \Seen on what is fetched, as one change. Tells on which messages, rising; none when it could not be
// set: they are served all the same.
Awaitable<OwnStore> Session::mark_seen(const std::vector<std::size_t>& places) {
  OwnStore own;
  own.change = spool::FlagChange::add;
  own.flags.system = spool::Flags::kSeen;
  own.silent = true;
  spool::UidSet unseen;
  for (const auto place : places) {
    const auto message = selected_->view.at(place);
    if (message.flags.has(spool::Flags::kSeen) || selected_->view.gone(place)) continue;
    unseen.add(message.uid);
    own.uids.push_back(message.uid);
  }
  if (unseen.empty()) co_return own;
  const auto stored = co_await spool().store_flags(selected_->mailbox.id, std::move(unseen), own.change,
                                                   own.flags, std::nullopt);
  if (stored) co_return own;
  spdlog::warn("imap: \\Seen could not be set: {}", stored.error().message());
  own.uids.clear();
  co_return own;
}

boost::system::error_code Session::render(std::size_t place, const FetchItems& items,
                                          const FetchWriter& writer) {
  FetchMessage one;
  one.number = static_cast<std::uint32_t>(place + 1);
  one.message = selected_->view.at(place);
  one.recent = selected_->view.recent(one.message.uid);
  spool::MessageDetails details;
  if (items.needs_details()) {
    auto read = room_.reader.details(one.message.id, items.wanted());
    if (!read) return read.error();
    details = std::move(*read);
    one.details = &details;
  }
  if (items.needs_file()) {
    auto file = room_.reader.open(one.message.id);
    if (!file) return file.error();
    one.file = std::move(*file);
  }
  return writer.write(one, out_.fetch());
}

// Sends a message's response that has long sections, unless one of them cannot be read: the others of the
// command go on.
Awaitable<bool> Session::send_sections(std::size_t text_before) {
  auto& out = out_.fetch();
  for (std::size_t i = 0; i < out.ranges.size(); ++i) {
    const auto range = out.ranges[i];
    const bool fine = co_await readable(out_, range);
    if (fine) continue;
    out.text.resize(text_before);
    out.ranges.clear();
    co_return false;
  }
  co_await out_.flush();
  co_return true;
}

Awaitable<Reply> Session::execute(command::Fetch fetch) {
  const bool there = co_await refresh();
  if (!there) co_return Reply::none();
  const auto all = places(fetch.set, fetch.uid);
  if (!all) co_return Reply::bad("There is no message of that number");
  auto& view = selected_->view;
  OwnStore own;
  if (fetch.items.sets_seen() && !view.read_only()) {
    own = co_await mark_seen(*all);
    const bool still_there = co_await refresh();
    if (!still_there) co_return Reply::none();
  }
  auto reply = co_await send_messages(fetch, *all, own.uids);
  if (!own.uids.empty() && !out_.broken()) {
    const Permit permit{fetch.uid, fetch.uid};
    co_await write_out(view.announce(permit, own));
  }
  co_return reply;
}

Awaitable<Reply> Session::send_messages(const command::Fetch& fetch, const std::vector<std::size_t>& places,
                                        const std::vector<spool::Uid>& newly_seen) {
  auto& view = selected_->view;
  // Messages that become read by this show their flags (RFC 3501 section 6.4.5).
  FetchItems with_flags = fetch.items;
  with_flags.add(FetchItem::flags);
  const auto newest = view.newest(); // holds the keywords
  const FetchWriter plain(fetch.items, *newest->keywords);
  const FetchWriter flagged(with_flags, *newest->keywords);
  bool damaged = false;
  bool missing = false;
  std::size_t rendered = 0;
  for (const auto place : places) {
    if (fetch.changed_since && view.at(place).modseq <= *fetch.changed_since) continue;
    const bool shows_flags =
        std::binary_search(newly_seen.begin(), newly_seen.end(), view.numbers()[place].uid);
    const auto text_before = out_.text().size();
    const auto error = shows_flags ? render(place, with_flags, flagged) : render(place, fetch.items, plain);
    missing |= error == spool::Error::no_such_message;
    damaged |= error && error != spool::Error::no_such_message;
    if (!out_.fetch().ranges.empty()) {
      const bool sent = co_await send_sections(text_before);
      damaged |= !sent;
    }
    if (out_.full() || ++rendered % kMessagesATurn == 0) co_await out_.breathe();
    if (out_.broken()) co_return Reply::none();
  }
  co_return fetched(damaged, missing);
}

} // namespace homespool::server::imap
