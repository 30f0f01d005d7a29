#include "spool/store/load_mailbox.hpp"

namespace homespool::spool {

using index::Use;

namespace {

// Without its messages and keywords.
std::unique_ptr<OpenMailbox> load_counters(index::Database& database, MailboxId id) {
  Use find(database.prepare("SELECT uidvalidity, uidnext, modseq FROM mailbox WHERE id=:id"));
  find->bind(":id", id.value);
  if (!find->step()) return nullptr;
  return std::make_unique<OpenMailbox>(id, static_cast<std::uint32_t>(find->integer(0)),
                                       Uid{static_cast<std::uint32_t>(find->integer(1))},
                                       ModSeq{static_cast<std::uint64_t>(find->integer(2))});
}

} // namespace

std::unique_ptr<OpenMailbox> load_mailbox(index::Database& database, MailboxId id) {
  auto mailbox = load_counters(database, id);
  if (!mailbox) return nullptr;
  load_keywords(database, *mailbox);
  load_messages(database, *mailbox);
  return mailbox;
}

void load_messages(index::Database& database, OpenMailbox& mailbox) {
  mailbox.clear();
  Use rows(database.prepare(
      "SELECT uid, id, flags, modseq, size FROM message WHERE mailbox=:mailbox ORDER BY uid"));
  rows->bind(":mailbox", mailbox.id().value);
  while (rows->step()) {
    Message message;
    message.uid = Uid{static_cast<std::uint32_t>(rows->integer(0))};
    message.id = MessageId{rows->integer(1)};
    message.flags.bits = static_cast<std::uint64_t>(rows->integer(2));
    message.modseq = ModSeq{static_cast<std::uint64_t>(rows->integer(3))};
    message.size = static_cast<std::uint32_t>(rows->integer(4));
    mailbox.add(message);
  }
}

void load_keywords(index::Database& database, OpenMailbox& mailbox) {
  std::vector<std::string> keywords;
  Use rows(database.prepare("SELECT name FROM keyword WHERE mailbox=:mailbox ORDER BY place"));
  rows->bind(":mailbox", mailbox.id().value);
  while (rows->step()) keywords.push_back(rows->text(0));
  mailbox.set_keywords(std::move(keywords));
}

bool is_current(index::Database& database, const OpenMailbox& mailbox) {
  const auto there = load_counters(database, mailbox.id());
  return there && there->uidvalidity() == mailbox.uidvalidity() && there->uidnext() == mailbox.uidnext() &&
         there->modseq() == mailbox.modseq();
}

} // namespace homespool::spool
