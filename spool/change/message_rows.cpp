#include "spool/change/message_rows.hpp"

#include "spool/index/row_sums.hpp"

#include <algorithm>

namespace homespool::spool::change {

using index::Use;

namespace {

constexpr const char* kInsertMessage =
    "INSERT INTO message(mailbox, uid, id, flags, modseq, record, size, internal_date) "
    "VALUES(:mailbox, :uid, :id, :flags, :modseq, :record, :size, :date)";

Placed placed_row(const index::Statement& row) {
  Placed placed;
  placed.mailbox = MailboxId{row.integer(0)};
  placed.message.uid = Uid{static_cast<std::uint32_t>(row.integer(1))};
  placed.message.id = MessageId{row.integer(2)};
  placed.message.flags.bits = static_cast<std::uint64_t>(row.integer(3));
  placed.message.modseq = ModSeq{static_cast<std::uint64_t>(row.integer(4))};
  placed.record = RecordId{row.integer(5)};
  placed.message.size = static_cast<std::uint32_t>(row.integer(6));
  placed.internal_date = row.integer(7);
  return placed;
}

void insert_record_rows(Books& books, RecordId id, const Location& at, const Incoming::State& state) {
  Use record(books.prepare(
      "INSERT INTO record(id, pack, offset, body, size, header_size, header_sum, "
      "has_nul, sum) VALUES(:id, :pack, :offset, :body, :size, :header_size, :header_sum, :has_nul, :sum)"));
  const index::RecordFacts facts{id, at.size, state.header_size, state.header_sum, state.structure.has_nul};
  record->bind(":id", id.value)
      .bind(":pack", at.pack)
      .bind(":offset", static_cast<std::int64_t>(at.offset))
      .bind(":body", static_cast<std::int64_t>(at.body))
      .bind(":size", static_cast<std::int64_t>(at.size))
      .bind(":header_size", state.header_size)
      .bind(":header_sum", static_cast<std::int64_t>(state.header_sum))
      .bind(":has_nul", std::int64_t{state.structure.has_nul})
      .bind(":sum", index::row_sum(facts))
      .run();
  const std::string parts = mail::pack_parts(state.structure.parts);
  const index::StructureColumns columns{state.structure.envelope, state.structure.body,
                                        state.structure.bodystructure, parts};
  Use structure(books.prepare("INSERT INTO structure(record, envelope, body, bodystructure, parts, sum) "
                              "VALUES(:record, :envelope, :body, :bodystructure, :parts, :sum)"));
  structure->bind(":record", id.value)
      .bind_blob(":envelope", state.structure.envelope)
      .bind_blob(":body", state.structure.body)
      .bind_blob(":bodystructure", state.structure.bodystructure)
      .bind_blob(":parts", parts)
      .bind(":sum", index::row_sum(id, columns))
      .run();
}

std::optional<unsigned> keyword_place(const std::vector<std::string>& keywords, std::string_view name) {
  const auto found = std::find_if(keywords.begin(), keywords.end(),
                                  [name](const std::string& known) { return same_keyword(known, name); });
  if (found == keywords.end()) return std::nullopt;
  return static_cast<unsigned>(found - keywords.begin());
}

// The keyword's bit, made at need; nothing when the mailbox is full.
std::optional<std::uint64_t> keyword_bit(Books& books, OpenMailbox& mailbox, const std::string& name) {
  auto place = keyword_place(mailbox.keywords(), name);
  if (!place) {
    if (mailbox.keywords().size() >= Flags::kMaxKeywords) return std::nullopt;
    place = static_cast<unsigned>(mailbox.keywords().size());
    Use put(books.prepare("INSERT INTO keyword(mailbox, place, name) VALUES(:mailbox, :place, :name)"));
    put->bind(":mailbox", mailbox.id().value)
        .bind(":place", *place)
        .bind(":name", std::string_view(name))
        .run();
    std::vector<std::string> keywords = mailbox.keywords();
    keywords.push_back(name);
    mailbox.set_keywords(std::move(keywords));
  }
  return std::uint64_t{1} << (Flags::kFirstKeyword + *place);
}

void insert_deleted_row(Books& books, const Mailbox& folder, const Placed& placed, std::string_view flags,
                        std::string_view login, ModSeq modseq) {
  Use put(
      books.prepare("INSERT OR REPLACE INTO deleted(id, user, folder, mailbox, uid, flags, modseq, record, "
                    "internal_date, deleted_at, deleted_by) VALUES(:id, :user, :folder, :mailbox, :uid, "
                    ":flags, :modseq, :record, :date, :at, :by)"));
  put->bind(":id", placed.message.id.value)
      .bind(":user", std::string_view(folder.user))
      .bind(":folder", std::string_view(folder.name))
      .bind(":mailbox", folder.id.value)
      .bind(":uid", placed.message.uid.value)
      .bind(":flags", flags)
      .bind(":modseq", static_cast<std::int64_t>(modseq.value))
      .bind(":record", placed.record.value)
      .bind(":date", placed.internal_date)
      .bind(":at", books.now().time_since_epoch().count())
      .bind(":by", login)
      .run();
}

} // namespace

std::optional<Placed> find_message(Books& books, MessageId id) {
  Use find(books.prepare("SELECT mailbox, uid, id, flags, modseq, record, size, internal_date FROM message "
                         "WHERE id=:id"));
  find->bind(":id", id.value);
  if (!find->step()) return std::nullopt;
  return placed_row(*find);
}

std::optional<Placed> find_message(Books& books, const OpenMailbox& mailbox, Uid uid) {
  Use find(books.prepare("SELECT mailbox, uid, id, flags, modseq, record, size, internal_date FROM message "
                         "WHERE mailbox=:mailbox AND uid=:uid"));
  find->bind(":mailbox", mailbox.id().value).bind(":uid", uid.value);
  if (!find->step()) return std::nullopt;
  return placed_row(*find);
}

Result<Location> append_bytes(Books& books, const Incoming::State& state, const RecordInfo& info) {
  const auto at = state.file.empty() ? books.packs().append(info, state.memory)
                                     : books.packs().adopt(info, state.file, state.size);
  if (at) books.packs_written();
  return at;
}

Result<RecordId> insert_record(Books& books, Incoming& incoming, RecordInfo info) {
  const Incoming::State& state = incoming.state();
  const auto at = append_bytes(books, state, info);
  if (!at) return at.error();
  insert_record_rows(books, info.record, *at, state);
  return info.record;
}

Message insert_message(Books& books, OpenMailbox& mailbox, Message message, RecordId record,
                       std::int64_t internal_date, ModSeq modseq) {
  message.uid = mailbox.take_uid();
  message.modseq = modseq;
  Use put(books.prepare(kInsertMessage));
  put->bind(":mailbox", mailbox.id().value)
      .bind(":uid", message.uid.value)
      .bind(":id", message.id.value)
      .bind(":flags", static_cast<std::int64_t>(message.flags.bits))
      .bind(":modseq", static_cast<std::int64_t>(message.modseq.value))
      .bind(":record", record.value)
      .bind(":size", message.size)
      .bind(":date", internal_date)
      .run();
  mailbox.add(message);
  books.totals().messages += 1;
  books.totals().bytes += message.size;
  return message;
}

void update_flags(Books& books, OpenMailbox& mailbox, const Message& message) {
  Use put(
      books.prepare("UPDATE message SET flags=:flags, modseq=:modseq WHERE mailbox=:mailbox AND uid=:uid"));
  put->bind(":flags", static_cast<std::int64_t>(message.flags.bits))
      .bind(":modseq", static_cast<std::int64_t>(message.modseq.value))
      .bind(":mailbox", mailbox.id().value)
      .bind(":uid", message.uid.value)
      .run();
  mailbox.replace(message);
}

void take_out(Books& books, OpenMailbox& mailbox, const std::vector<Uid>& rising) {
  for (const Uid uid : rising) {
    const Message* message = mailbox.find(uid);
    if (message == nullptr) continue;
    books.totals().messages -= 1;
    books.totals().bytes -= message->size;
    Use drop(books.prepare("DELETE FROM message WHERE mailbox=:mailbox AND uid=:uid"));
    drop->bind(":mailbox", mailbox.id().value).bind(":uid", uid.value).run();
  }
  mailbox.remove(rising);
}

void delete_messages(Books& books, OpenMailbox& mailbox, const std::vector<Uid>& rising,
                     std::string_view login) {
  if (rising.empty()) return;
  const auto folder = books.folder(mailbox.id());
  const ModSeq modseq = mailbox.take_modseq();
  for (const Uid uid : rising) {
    const auto placed = find_message(books, mailbox, uid);
    if (!placed) continue;
    const std::string flags = flag_names(placed->message.flags, mailbox.keywords());
    insert_deleted_row(books, *folder, *placed, flags, login, modseq);
  }
  take_out(books, mailbox, rising);
}

Result<Flags> resolve_flags(Books& books, OpenMailbox& mailbox, const FlagNames& names) {
  Flags flags{names.system};
  for (const std::string& name : names.keywords) {
    const auto bit = keyword_bit(books, mailbox, name);
    if (!bit) return Error::too_many_keywords;
    flags.bits |= *bit;
  }
  return flags;
}

Flags translate_flags(Books& books, Flags flags, const std::vector<std::string>& keywords, OpenMailbox& to) {
  // A reader's mark is good where it was made.
  constexpr std::uint64_t kSystem = ((std::uint64_t{1} << Flags::kFirstKeyword) - 1) & ~Flags::kByReader;
  Flags translated{flags.bits & kSystem};
  for (std::size_t i = 0; i < keywords.size(); ++i) {
    if (!flags.has(std::uint64_t{1} << (Flags::kFirstKeyword + i))) continue;
    translated.bits |= keyword_bit(books, to, keywords[i]).value_or(0);
  }
  return translated;
}

std::vector<Uid> present(const OpenMailbox& mailbox, const UidSet& uids) {
  std::vector<Uid> found;
  for (const UidSet::Range& range : uids.ranges()) {
    mailbox.for_each(Uid{range.first}, Uid{range.last},
                     [&found](const Message& message) { found.push_back(message.uid); });
  }
  return found;
}

} // namespace homespool::spool::change
