#include "spool/change/messages.hpp"

#include "spool/change/message_rows.hpp"

#include <algorithm>

namespace homespool::spool::change {

using index::Use;

namespace {

// What a record tells of a message's first flags: not its keywords, which are numbers of its folder, nor
// \Deleted.
constexpr std::uint64_t kFlagsOfRecord = Flags::kSeen | Flags::kAnswered | Flags::kFlagged | Flags::kDraft;

} // namespace

Result<Uid> insert_arrived(Books& books, OpenMailbox& mailbox, const Mailbox& folder, AppendItem& item,
                           Flags flags, ModSeq modseq) {
  RecordInfo info;
  info.record = books.take_record_id();
  info.message = books.take_message_id();
  info.arrival = item.internal_date.value_or(books.now());
  info.uid = mailbox.uidnext(); // insert_message() takes it
  info.uidvalidity = mailbox.uidvalidity();
  info.flags = static_cast<std::uint16_t>(flags.bits & kFlagsOfRecord);
  info.user = folder.user;
  info.folder = folder.name;
  const auto record = insert_record(books, item.message, info);
  if (!record) return record.error();
  Message message;
  message.id = info.message;
  message.flags = flags;
  message.size = static_cast<std::uint32_t>(item.message.state().size);
  return insert_message(books, mailbox, message, *record, info.arrival.time_since_epoch().count(), modseq)
      .uid;
}

Result<UidMapping> append(Books& books, MailboxId to, std::vector<AppendItem>& items) {
  OpenMailbox* mailbox = books.change(to);
  const auto folder = books.folder(to);
  if (mailbox == nullptr || !folder) return Error::no_such_mailbox;
  if (books.low_space()) return Error::no_space;
  // Flags first: what may be refused comes before bytes are written.
  std::vector<Flags> flags;
  for (const AppendItem& item : items) {
    const auto resolved = resolve_flags(books, *mailbox, item.flags);
    if (!resolved) return resolved.error();
    flags.push_back(*resolved);
  }
  UidMapping mapping;
  mapping.uidvalidity = mailbox->uidvalidity();
  const ModSeq modseq = mailbox->take_modseq();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto uid = insert_arrived(books, *mailbox, *folder, items[i], flags[i], modseq);
    if (!uid) return uid.error();
    mapping.to.add(*uid);
  }
  return mapping;
}

namespace {

// Who marked it goes with \Deleted: the deleter's own mark takes the place of a reader's.
std::uint64_t marked_by(Flags now, std::uint64_t bits, const StoreFlags& wanted) {
  constexpr auto kBoth = Flags::kDeleted | Flags::kByReader;
  const bool readers = now.has(kBoth);
  switch (wanted.flags.readers_mark) {
  case ReadersMark::put:
    return now.has(Flags::kDeleted) ? bits : bits | kBoth;
  case ReadersMark::take:
    return readers ? bits & ~kBoth : bits;
  case ReadersMark::leave:
    break;
  }
  const bool deleters = (wanted.flags.untouched & Flags::kDeleted) == 0;
  const bool sets = wanted.change != FlagChange::remove && (wanted.flags.system & Flags::kDeleted) != 0;
  const bool stays = readers && (bits & Flags::kDeleted) != 0 && !(deleters && sets);
  return stays ? bits | Flags::kByReader : bits & ~Flags::kByReader;
}

Flags changed_flags(Flags now, Flags by, const StoreFlags& wanted) {
  const std::uint64_t given = wanted.flags.untouched;
  const std::uint64_t untouched = given | ((given & Flags::kDeleted) != 0 ? Flags::kByReader : 0);
  std::uint64_t bits = now.bits;
  switch (wanted.change) {
  case FlagChange::replace:
    bits = by.bits;
    break;
  case FlagChange::add:
    bits |= by.bits;
    break;
  case FlagChange::remove:
    bits &= ~by.bits;
    break;
  }
  return Flags{marked_by(now, (bits & ~untouched) | (now.bits & untouched), wanted)};
}

} // namespace

Result<UidSet> store_flags(Books& books, const StoreFlags& wanted) {
  OpenMailbox* mailbox = books.change(wanted.mailbox);
  if (mailbox == nullptr) return Error::no_such_mailbox;
  const auto by = resolve_flags(books, *mailbox, wanted.flags);
  if (!by) return by.error();
  UidSet left_alone;
  std::vector<Message> changed;
  for (const UidSet::Range& range : wanted.uids.ranges()) {
    mailbox->for_each(Uid{range.first}, Uid{range.last}, [&](const Message& message) {
      if (wanted.unchanged_since && message.modseq > *wanted.unchanged_since) {
        left_alone.add(message.uid);
        return;
      }
      const Flags flags = changed_flags(message.flags, *by, wanted);
      if (flags == message.flags) return;
      changed.push_back(message);
      changed.back().flags = flags;
    });
  }
  if (changed.empty()) return left_alone;
  const ModSeq modseq = mailbox->take_modseq();
  for (Message& message : changed) {
    message.modseq = modseq;
    update_flags(books, *mailbox, message);
  }
  return left_alone;
}

Result<UidMapping> copy(Books& books, MailboxId from, const UidSet& uids, MailboxId to) {
  const OpenMailbox* source = books.look(from);
  OpenMailbox* target = books.change(to);
  if (source == nullptr || target == nullptr) return Error::no_such_mailbox;
  UidMapping mapping;
  mapping.uidvalidity = target->uidvalidity();
  const std::vector<Uid> found = present(*source, uids);
  if (found.empty()) return mapping;
  const ModSeq modseq = target->take_modseq();
  for (const Uid uid : found) {
    const auto placed = find_message(books, *source, uid);
    if (!placed) continue;
    Message message = placed->message;
    message.id = books.take_message_id();
    message.flags = translate_flags(books, message.flags, source->keywords(), *target);
    message.flags.bits &= ~Flags::kDeleted;
    message = insert_message(books, *target, message, placed->record, placed->internal_date, modseq);
    mapping.from.add(uid);
    mapping.to.add(message.uid);
  }
  return mapping;
}

Result<UidMapping> move(Books& books, MailboxId from, const UidSet& uids, MailboxId to) {
  OpenMailbox* source = books.change(from);
  OpenMailbox* target = books.change(to);
  if (source == nullptr || target == nullptr) return Error::no_such_mailbox;
  UidMapping mapping;
  mapping.uidvalidity = target->uidvalidity();
  const std::vector<Uid> found = present(*source, uids);
  if (found.empty()) return mapping;
  std::vector<Placed> moving;
  for (const Uid uid : found) {
    if (auto placed = find_message(books, *source, uid)) moving.push_back(*placed);
  }
  source->take_modseq();
  take_out(books, *source, found);
  const ModSeq modseq = target->take_modseq();
  for (Placed& placed : moving) {
    Message message = placed.message;
    message.flags = translate_flags(books, message.flags, source->keywords(), *target);
    message = insert_message(books, *target, message, placed.record, placed.internal_date, modseq);
    mapping.from.add(placed.message.uid);
    mapping.to.add(message.uid);
  }
  return mapping;
}

Result<UidSet> expunge(Books& books, MailboxId id, const std::optional<UidSet>& uids, std::string_view login,
                       Marked marked) {
  OpenMailbox* mailbox = books.change(id);
  if (mailbox == nullptr) return Error::no_such_mailbox;
  UidSet everything;
  everything.add(Uid{1}, Uid{0xffffffff});
  const auto wanted = Flags::kDeleted | (marked == Marked::by_readers ? Flags::kByReader : 0);
  std::vector<Uid> doomed;
  UidSet removed;
  for (const UidSet::Range& range : (uids ? *uids : everything).ranges()) {
    mailbox->for_each(Uid{range.first}, Uid{range.last}, [&](const Message& message) {
      if (!message.flags.has(wanted)) return;
      doomed.push_back(message.uid);
      removed.add(message.uid);
    });
  }
  delete_messages(books, *mailbox, doomed, login);
  return removed;
}

namespace {

// By mailbox, in UID order; only what is there and belongs to `user`.
std::map<MailboxId, std::vector<Uid>> places(Books& books, const std::vector<MessageId>& ids,
                                             std::string_view user) {
  std::map<MailboxId, std::vector<Uid>> found;
  for (const MessageId id : ids) {
    if (const auto placed = find_message(books, id)) found[placed->mailbox].push_back(placed->message.uid);
  }
  std::erase_if(found, [&](const auto& entry) {
    const auto folder = books.folder(entry.first);
    return !folder || folder->user != user;
  });
  for (auto& [mailbox, uids] : found) {
    std::sort(uids.begin(), uids.end());
    uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
  }
  return found;
}

void hide(Books& books, const Pop3Update& update) {
  for (const MessageId id : update.hidden) {
    Use put(books.prepare("INSERT OR IGNORE INTO hidden(login, message, hidden_at) "
                          "SELECT :login, m.id, :at FROM message m JOIN mailbox b ON b.id=m.mailbox "
                          "WHERE m.id=:id AND b.user=:user UNION ALL "
                          "SELECT :login, id, :at FROM deleted WHERE id=:id AND user=:user"));
    put->bind(":login", std::string_view(update.login))
        .bind(":at", books.now().time_since_epoch().count())
        .bind(":id", id.value)
        .bind(":user", std::string_view(update.user))
        .run();
  }
}

} // namespace

Result<void> pop3_quit(Books& books, const Pop3Update& update) {
  for (const auto& [id, uids] : places(books, update.seen, update.user)) {
    StoreFlags seen;
    seen.mailbox = id;
    for (const Uid uid : uids) seen.uids.add(uid);
    seen.flags.system = Flags::kSeen;
    if (const auto done = store_flags(books, seen); !done) return done.error();
  }
  hide(books, update);
  for (const auto& [id, uids] : places(books, update.deleted, update.user)) {
    if (OpenMailbox* mailbox = books.change(id)) delete_messages(books, *mailbox, uids, update.login);
  }
  return {};
}

std::vector<MessageId> hidden(Books& books, std::string_view login) {
  std::vector<MessageId> ids;
  // Not those that were deleted since: they stay hidden in case they are brought back.
  Use rows(books.prepare("SELECT h.message FROM hidden h JOIN message m ON m.id=h.message "
                         "WHERE h.login=:login ORDER BY h.message"));
  rows->bind(":login", login);
  while (rows->step()) ids.push_back(MessageId{rows->integer(0)});
  return ids;
}

} // namespace homespool::spool::change
