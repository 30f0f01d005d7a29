// FETCH: streams in bounded memory, message by message. Threads: the session's.
#include "server/imap/fetch/fetch_writer.hpp"
#include "server/imap/session.hpp"

#include <spdlog/spdlog.h>

namespace homespool::server::imap {

namespace {

// How many messages are looked up together, and rendered before the clock is looked at.
constexpr std::size_t kMessagesATurn = 32;

// What could not be sent. Messages that are damaged or gone stay so; other errors are the machine's, and may
// pass.
struct Unsent {
  bool damaged = false;
  bool missing = false;
  std::size_t unread = 0;
  boost::system::error_code why; // the first of `unread`

  void note(boost::system::error_code error) {
    if (!error) return;
    if (error == spool::Error::no_such_message) {
      missing = true;
    } else if (error == spool::Error::bad_record) {
      damaged = true;
    } else if (unread++ == 0) {
      why = error;
    }
  }

  Reply reply() const {
    if (unread > 0) {
      spdlog::error("imap: {} messages of a FETCH cannot be read: {}", unread, why.message());
      return Reply::no("[UNAVAILABLE] A message cannot be read now; the others were sent");
    }
    if (damaged)
      return Reply::no("[CORRUPTION] A message is damaged on the server's disk; the others were sent");
    if (missing) return Reply::no("[EXPUNGEISSUED] Some of the messages are not there any more");
    return Reply::ok("Fetched");
  }
};

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

std::vector<Session::Fetched> Session::look_up(std::span<const std::size_t> places, const FetchItems& items) {
  std::vector<spool::Message> messages;
  for (const auto place : places.first(std::min(places.size(), kMessagesATurn)))
    messages.push_back(selected_->view.at(place));
  std::vector<spool::LookedUp> found(messages.size());
  if (items.needs_details() || items.needs_file())
    found = room_.reader.look_up(selected_->mailbox.id, messages, items.wanted(), items.needs_file());
  std::vector<Fetched> out(found.size()); // does not grow: each points into itself
  for (std::size_t i = 0; i < out.size(); ++i) {
    Fetched& one = out[i];
    one.place = places[i];
    one.found = std::move(found[i]);
    one.message.number = static_cast<std::uint32_t>(places[i] + 1);
    one.message.message = messages[i];
    one.message.recent = selected_->view.recent(messages[i].uid);
    one.message.details = &one.found.details;
    one.message.file = one.found.file;
  }
  return out;
}

// Can what is about to be sent be read? All of the message when `whole` is given.
Awaitable<boost::system::error_code> Session::check_ranges(std::shared_ptr<const spool::MessageFile> whole) {
  auto ranges = out_.fetch().ranges;
  if (whole) {
    FetchOutput::FileRange all;
    all.length = whole->size();
    all.file = std::move(whole);
    ranges.assign(1, all);
  }
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const auto range = ranges[i];
    const auto error = co_await try_to_read(out_, range);
    if (error) co_return error;
  }
  co_return boost::system::error_code();
}

// Sends one message's response that has sections, in pieces when it is long. A message that cannot be read is
// left out, and the others of the command go on; so nothing is sent of a message before it was read.
Awaitable<boost::system::error_code> Session::send_sections(const Fetched& fetched,
                                                            const FetchWriter& writer) {
  auto& out = out_.fetch();
  const std::size_t before = out.text.size();
  FetchResponse response(writer.items(), writer.keywords(), fetched.message, out);
  boost::system::error_code error;
  bool begun = false;
  while (!error && !response.done() && !out_.broken()) {
    error = response.next();
    const bool long_already = out.text.size() - (begun ? 0 : before) > kInlineMessage;
    if (!error && long_already && !begun) error = co_await check_ranges(fetched.message.file);
    if (!error && long_already) {
      begun = true;
      co_await out_.flush();
    }
    co_await out_.yield();
  }
  if (!error && !begun && !out.ranges.empty()) error = co_await check_ranges(nullptr);
  if (error && begun) {
    out_.fail();
  } else if (error) {
    out.text.resize(before);
    out.ranges.clear();
  } else if (begun || !out.ranges.empty()) {
    co_await out_.flush();
  }
  co_return error;
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
  if (!own.uids.empty() && !out_.broken() && !over_) {
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
  Unsent unsent;
  std::vector<std::size_t> wanted;
  for (const auto place : places)
    if (!fetch.changed_since || view.at(place).modseq > *fetch.changed_since) wanted.push_back(place);
  for (std::span<const std::size_t> left(wanted); !left.empty();) {
    const auto turn = look_up(left, fetch.items);
    left = left.subspan(turn.size());
    for (const Fetched& fetched : turn) {
      const bool shows_flags =
          std::binary_search(newly_seen.begin(), newly_seen.end(), fetched.message.message.uid);
      const FetchWriter& writer = shows_flags ? flagged : plain;
      boost::system::error_code error = fetched.found.error;
      if (!error && fetch.items.needs_file())
        error = co_await send_sections(fetched, writer);
      else if (!error)
        error = writer.write(fetched.message, out_.fetch());
      unsent.note(error);
      if (out_.full()) co_await out_.breathe();
      if (out_.broken()) co_return Reply::none();
      if (ticket_.sent_away()) {
        co_await bye(ticket_.end_reason().value_or(""));
        co_return Reply::none();
      }
    }
    co_await out_.breathe();
  }
  co_return unsent.reply();
}

} // namespace homespool::server::imap
