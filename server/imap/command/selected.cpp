// Opening and leaving a mailbox, and removing what is marked: SELECT, EXAMINE, CHECK, CLOSE, UNSELECT,
// EXPUNGE. Threads: the session's.
#include "server/imap/session.hpp"

namespace homespool::server::imap {

namespace {

// What STORE can change for good. Never with \Deleted for a reader, not even in Drafts where it may mark its
// own drafts, and never empty where a flag can be changed at all.
std::string permanent_flags(const SettableFlags& settable, const std::vector<std::string>& keywords) {
  const std::vector<std::string> none;
  auto text = spool::flag_names({settable.system}, none);
  if (!settable.keywords) return text;
  for (const auto& keyword : keywords) text += ' ' + keyword;
  return text + " \\*";
}

} // namespace

Awaitable<Reply> Session::execute(command::Select select) {
  selected_.reset();
  auto mailbox = find(select.mailbox);
  if (!mailbox) co_return no_such_mailbox();
  auto snapshot = co_await spool().snapshot(mailbox->id);
  if (!snapshot) co_return reply_of(snapshot.error());
  if ((*snapshot)->removed) co_return no_such_mailbox();
  const auto first_recent = spool().first_recent(**snapshot, !select.examine);
  selected_.emplace(Selected{std::move(*mailbox), MailboxView(*snapshot, select.examine, first_recent)});
  say_selected(select);
  co_return Reply::ok(select.examine ? "[READ-ONLY] Look, but nothing is changed"
                                     : "[READ-WRITE] The folder is open");
}

void Session::say_selected(const command::Select& select) {
  const auto& view = selected_->view;
  const auto& numbers = view.numbers();
  auto& out = out_.text();
  out += "* FLAGS " + known_flags(*numbers.keywords) + "\r\n";
  out += "* " + std::to_string(numbers.size()) + " EXISTS\r\n";
  out += "* " + std::to_string(view.recent_count()) + " RECENT\r\n";
  if (const auto unseen = numbers.first_unseen())
    out += "* OK [UNSEEN " + std::to_string(*unseen + 1) + "] The first unread message\r\n";
  const auto who = actor();
  const auto settable = settable_flags(who.role, folder_kind(who, selected_->mailbox.special_use));
  // The same for EXAMINE: they are what SELECT would let change, and clients take an empty list for all
  // flags.
  out += "* OK [PERMANENTFLAGS (" + permanent_flags(settable, *numbers.keywords) +
         ")] Flags that can be changed\r\n";
  out += "* OK [UIDVALIDITY " + std::to_string(numbers.uidvalidity) + "] UIDs are valid\r\n";
  out += "* OK [UIDNEXT " + std::to_string(numbers.uidnext.value) + "] The next UID\r\n";
  if (select.condstore)
    out += "* OK [HIGHESTMODSEQ " + std::to_string(numbers.highest_modseq.value) + "] The newest change\r\n";
}

Awaitable<Reply> Session::execute(command::Check) {
  co_return Reply::ok("All is on disk, always");
}

Awaitable<Reply> Session::execute(command::Unselect) {
  selected_.reset();
  co_return Reply::ok("The folder is closed");
}

Awaitable<Reply> Session::execute(command::Close) {
  Reply reply = Reply::ok("The folder is closed");
  if (!selected_->view.read_only()) {
    const auto removed = co_await expunge(std::nullopt, Act::close);
    if (removed.kind != Reply::Kind::ok) reply = removed;
  }
  selected_.reset();
  co_return reply;
}

Awaitable<Reply> Session::execute(command::Expunge command) {
  if (selected_->view.read_only()) co_return Reply::no("[READ-ONLY] The folder was opened with EXAMINE");
  const bool there = co_await refresh();
  if (!there) co_return Reply::none();
  std::optional<spool::UidSet> uids;
  if (command.uids) uids = uids_of(*places(*command.uids, true));
  co_return co_await expunge(std::move(uids), Act::expunge);
}

Awaitable<Reply> Session::expunge(std::optional<spool::UidSet> uids, Act act) {
  const auto who = actor();
  const auto ruling = decide(who, act, folder_kind(who, selected_->mailbox.special_use));
  const auto kind = ruling == Ruling::allowed ? spool::Marked::by_anybody : spool::Marked::by_readers;
  if (ruling != Ruling::allowed) {
    std::uint64_t refused = 0;
    const auto& now = *selected_->view.newest();
    now.for_each(0, now.size(), [&](std::size_t, const spool::Message& message) {
      if (!message.flags.has(spool::Flags::kDeleted)) return true;
      if (uids && !uids->contains(message.uid)) return true;
      if (ruling != Ruling::own_only || !message.flags.has(spool::Flags::kByReader)) ++refused;
      return true;
    });
    if (refused > 0 && act == Act::expunge) spool().count_delete(who.login, true, refused);
    if (ruling != Ruling::own_only) co_return Reply::ok("Nothing was removed");
  }
  // What readers marked is judged by the spool itself: the deleter may mark it too at any moment.
  const auto removed = co_await spool().expunge(selected_->mailbox.id, std::move(uids), who.login, kind);
  if (!removed) co_return reply_of(removed.error());
  co_return Reply::ok(removed->empty() ? "Nothing was removed" : "Removed what was marked");
}

} // namespace homespool::server::imap
