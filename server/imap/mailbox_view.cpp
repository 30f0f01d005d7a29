// Telling a client what changed. Threads: the session's.
#include "server/imap/mailbox_view.hpp"

#include "mail/ascii.hpp"

#include <algorithm>
#include <utility>

namespace homespool::server::imap {

namespace {

// To a client: who marked a message is not told.
bool look_same(spool::Flags a, spool::Flags b) {
  return ((a.bits ^ b.bits) & ~spool::Flags::kByReader) == 0;
}

} // namespace

bool Announcement::write(std::string& out, std::size_t limit) {
  out += std::exchange(flags_line_, {});
  for (; at_ < expunged_.size(); ++at_) {
    if (out.size() >= limit) return true;
    out += "* " + std::to_string(expunged_[at_] + 1) + " EXPUNGE\r\n";
  }
  if (exists_) {
    out += "* " + std::to_string(*exists_) + " EXISTS\r\n* " + std::to_string(recent_) + " RECENT\r\n";
    exists_.reset();
  }
  for (std::size_t i = at_ - expunged_.size(); i < lines_.size(); ++i, ++at_) {
    if (out.size() >= limit) return true;
    const auto& line = lines_[i];
    out += "* " + std::to_string(line.number) + " FETCH (";
    if (uids_) out += "UID " + std::to_string(line.uid.value) + ' ';
    out += "FLAGS (" + spool::flag_names(line.flags, *snapshot_->keywords);
    if (line.recent) out += out.back() == '(' ? "\\Recent" : " \\Recent";
    out += "))\r\n";
  }
  return false;
}

MailboxView::MailboxView(spool::SnapshotPtr snapshot, bool read_only, spool::Uid first_recent)
    : numbers_(snapshot), flags_(snapshot), newest_(snapshot), read_only_(read_only) {
  learn(std::move(snapshot), first_recent);
}

void MailboxView::learn(spool::SnapshotPtr newest, spool::Uid first_recent) {
  newest_ = std::move(newest);
  if (first_recent < newest_->uidnext) recent_.add(first_recent, {newest_->uidnext.value - 1});
}

spool::Message MailboxView::at(std::size_t place) const {
  const auto& known = (*numbers_)[place];
  if (numbers_ == newest_) return known;
  const auto now = newest_->find(known.uid);
  return now ? (*newest_)[*now] : known;
}

bool MailboxView::gone(std::size_t place) const {
  return numbers_ != newest_ && !newest_->find((*numbers_)[place].uid);
}

std::size_t MailboxView::recent_count() const {
  std::size_t count = 0;
  for (const auto& range : recent_.ranges()) {
    const auto last = range.last == 0xffffffff ? newest_->size() : newest_->lower_bound({range.last + 1});
    count += last - newest_->lower_bound({range.first});
  }
  return count;
}

std::string MailboxView::flag_text(const spool::Message& message) const {
  auto text = spool::flag_names(message.flags, *newest_->keywords);
  if (recent(message.uid)) text += text.empty() ? "\\Recent" : " \\Recent";
  return text;
}

Announcement MailboxView::start(Permit permit) const {
  Announcement out;
  out.snapshot_ = newest_;
  out.uids_ = permit.uids;
  if (flags_->keywords != newest_->keywords && *flags_->keywords != *newest_->keywords)
    out.flags_line_ = "* FLAGS " + known_flags(*newest_->keywords) + "\r\n";
  return out;
}

void MailboxView::add_line(Announcement& to, const spool::Snapshot& numbers,
                           const spool::Message& message) const {
  // A message that was not announced yet comes with EXISTS; the client asks for its flags itself.
  if (message.uid >= numbers_->uidnext) return;
  const auto place = numbers.find(message.uid);
  if (place) to.lines_.push_back({*place + 1, message.uid, message.flags, recent(message.uid)});
}

void MailboxView::add_changes(Announcement& to, const spool::Snapshot& numbers, const OwnStore* own) const {
  if (flags_ == newest_) return;
  for (const auto place : newest_->since(*flags_).changed) {
    const auto& message = (*newest_)[place];
    if (own != nullptr && std::binary_search(own->uids.begin(), own->uids.end(), message.uid)) continue;
    add_line(to, numbers, message);
  }
}

void MailboxView::add_own(Announcement& to, const spool::Snapshot& numbers, const OwnStore& own) const {
  for (const auto uid : own.uids) {
    const auto now = newest_->find(uid);
    if (!now) continue;
    const auto& message = (*newest_)[*now];
    if (own.silent) {
      const auto told = flags_->find(uid);
      if (told && look_same(changed_flags((*flags_)[*told].flags, own.change, own.flags, *newest_->keywords),
                            message.flags))
        continue;
    }
    add_line(to, numbers, message);
  }
}

Announcement MailboxView::tell(Permit permit, const OwnStore* own) {
  auto out = start(permit);
  const auto& numbers = permit.expunges ? *newest_ : *numbers_;
  if (own != nullptr) add_own(out, numbers, *own);
  add_changes(out, numbers, own);
  if (permit.expunges && numbers_ != newest_) {
    auto difference = newest_->since(*numbers_);
    out.expunged_ = std::move(difference.expunged);
    if (difference.added > 0) {
      out.exists_ = newest_->size();
      out.recent_ = recent_count();
    }
    numbers_ = newest_;
  }
  flags_ = newest_;
  return out;
}

Announcement MailboxView::announce(Permit permit) {
  return tell(permit, nullptr);
}

Announcement MailboxView::announce(Permit permit, const OwnStore& own) {
  return tell(permit, &own);
}

spool::Flags changed_flags(spool::Flags before, spool::FlagChange change, const spool::FlagNames& names,
                           const std::vector<std::string>& keywords) {
  std::uint64_t bits = names.system;
  for (const auto& keyword : names.keywords) {
    const auto at = std::find_if(keywords.begin(), keywords.end(), [&](const std::string& known) {
      return mail::equals_ignoring_case(known, keyword);
    });
    if (at != keywords.end())
      bits |=
          std::uint64_t{1} << (spool::Flags::kFirstKeyword + static_cast<unsigned>(at - keywords.begin()));
  }
  switch (change) {
  case spool::FlagChange::add:
    return {before.bits | bits};
  case spool::FlagChange::remove:
    return {before.bits & ~bits};
  case spool::FlagChange::replace:
    break;
  }
  return {(bits & ~names.untouched) | (before.bits & names.untouched)};
}

std::string known_flags(const std::vector<std::string>& keywords) {
  std::string out = "(\\Answered \\Flagged \\Deleted \\Seen \\Draft";
  for (const auto& keyword : keywords) out += ' ' + keyword;
  return out + ')';
}

} // namespace homespool::server::imap
