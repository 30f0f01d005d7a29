// Keeping up with the selected mailbox, and finding messages in it by the client's numbers.
// Threads: the session's.
#include "server/imap/session.hpp"

namespace homespool::server::imap {

Awaitable<bool> Session::refresh() {
  const auto id = selected_->mailbox.id;
  auto newest = spool().loaded_snapshot(id);
  if (!newest) {
    auto loaded = co_await spool().snapshot(id);
    if (loaded) newest = std::move(*loaded);
  }
  auto& view = selected_->view;
  if (!newest || newest->removed || newest->uidvalidity != view.numbers().uidvalidity) {
    co_await bye("The selected folder is not there any more");
    co_return false;
  }
  if (newest != view.newest()) {
    const auto first_recent = spool().first_recent(*newest, !view.read_only());
    view.learn(std::move(newest), first_recent);
  }
  co_return true;
}

Awaitable<void> Session::announce(Permit permit) {
  co_await write_out(selected_->view.announce(permit));
}

Awaitable<void> Session::write_out(Announcement announcement) {
  while (announcement.write(out_.text(), Output::kEnough)) co_await out_.breathe();
}

std::optional<std::vector<std::size_t>> Session::places(const SequenceSet& set, bool uid) const {
  const auto& numbers = selected_->view.numbers();
  std::vector<std::size_t> out;
  const auto count = static_cast<std::uint32_t>(numbers.size());
  if (!uid) {
    if (count == 0) return std::nullopt;
    for (const auto& range : resolve(set, count)) {
      if (range.last > count) return std::nullopt;
      for (std::size_t place = range.first; place <= range.last; ++place) out.push_back(place - 1);
    }
    return out;
  }
  if (count == 0) return out;
  for (const auto& range : resolve(set, numbers[count - 1].uid.value)) {
    const auto end =
        range.last == SequenceSet::kStar ? numbers.size() : numbers.lower_bound({range.last + 1});
    for (auto place = numbers.lower_bound({range.first}); place < end; ++place) out.push_back(place);
  }
  return out;
}

spool::UidSet Session::uids_of(const std::vector<std::size_t>& places) const {
  spool::UidSet out;
  for (const auto place : places) out.add(selected_->view.numbers()[place].uid);
  return out;
}

bool Session::any_gone(const std::vector<std::size_t>& places) const {
  return std::any_of(places.begin(), places.end(),
                     [this](std::size_t place) { return selected_->view.gone(place); });
}

} // namespace homespool::server::imap
