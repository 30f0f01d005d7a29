// FETCH: streams in bounded memory, message by message. Threads: the session's.
#include "server/imap/fetch_writer.hpp"
#include "server/imap/session.hpp"

#include <spdlog/spdlog.h>

namespace homespool::server::imap {

namespace {

Reply fetched(bool damaged, bool missing) {
  if (damaged)
    return Reply::no("[CORRUPTION] A message is damaged on the server's disk; the others were sent");
  if (missing) return Reply::no("[EXPUNGEISSUED] Some of the messages are not there any more");
  return Reply::ok("Fetched");
}

} // namespace

// Sets \Seen on what is fetched, as one change; true when something was set. When it cannot be set the
// messages are served all the same.
Awaitable<bool> Session::mark_seen(std::shared_ptr<const std::vector<std::size_t>> places) {
  spool::UidSet unseen;
  for (const auto place : *places) {
    const auto message = selected_->view.at(place);
    if (!message.flags.has(spool::Flags::kSeen) && !selected_->view.gone(place)) unseen.add(message.uid);
  }
  if (unseen.empty()) co_return false;
  spool::FlagNames seen;
  seen.system = spool::Flags::kSeen;
  const auto stored = co_await spool().store_flags(selected_->mailbox.id, std::move(unseen),
                                                   spool::FlagChange::add, std::move(seen), std::nullopt);
  if (!stored) spdlog::warn("imap: \\Seen could not be set: {}", stored.error().message());
  co_return stored.has_value();
}

Awaitable<boost::system::error_code> Session::fetch_one(std::size_t place, const FetchItems& items,
                                                        const FetchWriter& writer) {
  FetchMessage one;
  one.number = static_cast<std::uint32_t>(place + 1);
  one.message = selected_->view.at(place);
  one.recent = selected_->view.recent(one.message.uid);
  spool::MessageDetails details;
  if (items.needs_details()) {
    auto read = room_.reader.details(one.message.id, items.wanted());
    if (!read) co_return read.error();
    details = std::move(*read);
    one.details = &details;
  }
  if (items.needs_file()) {
    auto file = room_.reader.open(one.message.id);
    if (!file) co_return file.error();
    one.file = std::move(*file);
  }
  auto& out = out_.fetch();
  const auto text = out.text.size();
  const auto ranges = out.ranges.size();
  if (const auto error = writer.write(one, out)) co_return error;
  for (std::size_t i = ranges; i < out.ranges.size(); ++i) {
    const bool fine = co_await readable(out_, out.ranges[i]);
    if (fine) continue;
    out.text.resize(text);
    out.ranges.resize(ranges);
    co_return make_error_code(spool::Error::bad_record);
  }
  co_return boost::system::error_code();
}

Awaitable<Reply> Session::execute(command::Fetch fetch) {
  const bool there = co_await refresh();
  if (!there) co_return Reply::none();
  auto chosen = places(fetch.set, fetch.uid);
  if (!chosen) co_return Reply::bad("There is no message of that number");
  const auto all = std::make_shared<const std::vector<std::size_t>>(std::move(*chosen));

  OwnStore own;
  own.change = spool::FlagChange::add;
  own.flags.system = spool::Flags::kSeen;
  own.silent = true;
  auto& view = selected_->view;
  if (fetch.items.sets_seen() && !view.read_only()) {
    for (const auto place : *all) {
      const auto message = view.at(place);
      if (!message.flags.has(spool::Flags::kSeen)) own.uids.push_back(message.uid);
    }
    const bool marked = co_await mark_seen(all);
    if (!marked) own.uids.clear();
    const bool still_there = co_await refresh();
    if (!still_there) co_return Reply::none();
  }

  // Messages that become read by this show their flags (RFC 3501 section 6.4.5).
  FetchItems with_flags = fetch.items;
  with_flags.add(FetchItem::flags);
  const auto newest = view.newest(); // holds the keywords
  const FetchWriter plain(fetch.items, *newest->keywords);
  const FetchWriter flagged(with_flags, *newest->keywords);
  bool damaged = false;
  bool missing = false;
  for (const auto place : *all) {
    const auto uid = view.numbers()[place].uid;
    if (fetch.changed_since && view.at(place).modseq <= *fetch.changed_since) continue;
    const bool newly_seen = std::binary_search(own.uids.begin(), own.uids.end(), uid);
    const auto& items = newly_seen ? with_flags : fetch.items;
    const auto error = co_await fetch_one(place, items, newly_seen ? flagged : plain);
    if (error == spool::Error::no_such_message)
      missing = true;
    else if (error)
      damaged = true;
    co_await out_.breathe();
    if (out_.broken()) co_return Reply::none();
  }
  if (!own.uids.empty()) {
    const Permit permit{fetch.uid, fetch.uid};
    co_await write_out(view.announce(permit, own));
  }
  co_return fetched(damaged, missing);
}

} // namespace homespool::server::imap
