#include "spool/change/bring_back.hpp"

#include "spool/change/folders.hpp"
#include "spool/change/message_rows.hpp"
#include "spool/retention/expiry.hpp"

#include <algorithm>

namespace homespool::spool::change {

using index::Use;

namespace {

struct DeletedRow {
  Message message; // uid: the one it had
  std::string folder, flags;
  MailboxId mailbox;
  RecordId record;
  std::int64_t internal_date = 0;
};

std::optional<DeletedRow> find_deleted(Books& books, const std::string& user, MessageId id) {
  Use find(
      books.prepare("SELECT d.id, d.uid, d.folder, d.flags, d.mailbox, d.record, d.internal_date, r.size "
                    "FROM deleted d JOIN record r ON r.id=d.record "
                    "WHERE d.id=:id AND d.user=:user AND d.deleted_at>:over"));
  find->bind(":id", id.value)
      .bind(":user", std::string_view(user))
      .bind(":over", over_since(books).time_since_epoch().count());
  if (!find->step()) return std::nullopt;
  DeletedRow row;
  row.message.id = MessageId{find->integer(0)};
  row.message.uid = Uid{static_cast<std::uint32_t>(find->integer(1))};
  row.folder = find->text(2);
  row.flags = find->text(3);
  row.mailbox = MailboxId{find->integer(4)};
  row.record = RecordId{find->integer(5)};
  row.internal_date = find->integer(6);
  row.message.size = static_cast<std::uint32_t>(find->integer(7));
  return row;
}

// In the order in which they lay there.
std::vector<DeletedRow> find_all(Books& books, const std::string& user, const std::vector<MessageId>& ids) {
  std::vector<DeletedRow> rows;
  for (const MessageId id : ids) {
    if (auto row = find_deleted(books, user, id)) rows.push_back(std::move(*row));
  }
  std::sort(rows.begin(), rows.end(), [](const DeletedRow& a, const DeletedRow& b) {
    return std::pair(a.mailbox, a.message.uid) < std::pair(b.mailbox, b.message.uid);
  });
  return rows;
}

Flags flags_of_names(Books& books, OpenMailbox& mailbox, std::string_view names) {
  Flags flags;
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find(' '));
    names.remove_prefix(std::min(names.size(), name.size() + 1));
    FlagNames one;
    if (const auto system = system_flag(name)) {
      one.system = *system;
    } else {
      one.keywords.emplace_back(name);
    }
    // A folder with all the keywords it can have: the message comes back without this one.
    if (const auto bits = resolve_flags(books, mailbox, one)) flags.bits |= bits->bits;
  }
  flags.bits &= ~Flags::kDeleted; // else the next expunge takes it again
  return flags;
}

// One call of undelete.
class BringingBack {
 public:
  BringingBack(Books& books, const std::string& user) : books_(books), user_(user) {}

  Result<BroughtBack> one(const DeletedRow& row) {
    const auto folder = folder_of(row);
    if (!folder) return folder.error();
    OpenMailbox* mailbox = books_.change(folder->id);
    if (mailbox == nullptr) return Error::no_such_mailbox;
    Message message = row.message;
    message.flags = flags_of_names(books_, *mailbox, row.flags);
    message = insert_message(books_, *mailbox, message, row.record, row.internal_date, modseq(*mailbox));
    Use drop(books_.prepare("DELETE FROM deleted WHERE id=:id"));
    drop->bind(":id", message.id.value).run();
    return BroughtBack{message.id, folder->name, message.uid};
  }

 private:
  Result<Mailbox> folder_of(const DeletedRow& row) {
    if (auto there = books_.folder(row.mailbox); there && there->user == user_) return *std::move(there);
    const auto id = find_or_make(books_, user_, row.folder);
    if (!id) return id.error();
    auto made = books_.folder(*id);
    if (!made) return Error::no_such_mailbox;
    return *std::move(made);
  }
  ModSeq modseq(OpenMailbox& mailbox) {
    const auto known = modseqs_.find(mailbox.id());
    if (known != modseqs_.end()) return known->second;
    return modseqs_.emplace(mailbox.id(), mailbox.take_modseq()).first->second;
  }

  Books& books_;
  const std::string& user_;
  std::map<MailboxId, ModSeq> modseqs_;
};

} // namespace

Result<std::vector<BroughtBack>> undelete(Books& books, const std::string& user,
                                          const std::vector<MessageId>& ids) {
  std::vector<BroughtBack> back;
  BringingBack bringing(books, user);
  for (const DeletedRow& row : find_all(books, user, ids)) {
    auto one = bringing.one(row);
    if (!one) return one.error();
    back.push_back(*std::move(one));
  }
  return back;
}

Result<std::vector<MessageId>> unhide(Books& books, std::string_view login,
                                      const std::vector<MessageId>& ids) {
  std::vector<MessageId> back;
  for (const MessageId id : ids) {
    Use drop(books.prepare("DELETE FROM hidden WHERE login=:login AND message=:message"));
    drop->bind(":login", login).bind(":message", id.value).run();
    if (books.database().changes() > 0) back.push_back(id);
  }
  return back;
}

} // namespace homespool::spool::change
