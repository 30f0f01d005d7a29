#include "spool/change/folders.hpp"

#include "spool/change/message_rows.hpp"
#include "spool/change/messages.hpp"

#include <algorithm>
#include <array>

namespace homespool::spool::change {

using index::Use;

namespace {

struct Standard {
  std::string_view name, special_use;
};
constexpr std::array<Standard, 6> kStandard{{{"INBOX", ""},
                                             {"Drafts", "\\Drafts"},
                                             {"Sent", "\\Sent"},
                                             {"Trash", "\\Trash"},
                                             {"Junk", "\\Junk"},
                                             {"Archive", "\\Archive"}}};
constexpr std::string_view kInbox = "INBOX";

bool has_special_use(Books& books, std::string_view user, std::string_view special_use) {
  Use find(books.prepare("SELECT 1 FROM mailbox WHERE user=:user AND special_use=:special_use"));
  find->bind(":user", user).bind(":special_use", special_use);
  return find->step();
}

// What a folder of this name is for, unless another folder of the user is for it already.
std::string_view free_special_use(Books& books, std::string_view user, std::string_view name) {
  const auto* standard = std::find_if(kStandard.begin(), kStandard.end(),
                                      [&](const Standard& known) { return known.name == name; });
  if (standard == kStandard.end() || has_special_use(books, user, standard->special_use)) return "";
  return standard->special_use;
}

// However a folder comes to a standard name, it is for what the name says: the deleter rule goes by that.
MailboxId insert_folder(Books& books, std::string_view user, std::string_view name) {
  const std::string_view special_use = free_special_use(books, user, name);
  Use put(books.prepare("INSERT INTO mailbox(user, name, uidvalidity, uidnext, modseq, special_use) "
                        "VALUES(:user, :name, :uidvalidity, 1, 1, :special_use)"));
  put->bind(":user", user)
      .bind(":name", name)
      .bind(":uidvalidity", books.take_uidvalidity())
      .bind(":special_use", special_use)
      .run();
  books.folders_changed();
  const MailboxId id{books.database().last_insert_id()};
  books.change(id); // opened at once, so that it has a snapshot
  return id;
}

void insert_parents(Books& books, const std::string& user, std::string_view name) {
  for (auto slash = name.find('/'); slash != std::string_view::npos; slash = name.find('/', slash + 1)) {
    const std::string_view parent = name.substr(0, slash);
    if (!books.folder(user, parent)) insert_folder(books, user, parent);
  }
}

void give_special_use(Books& books, const Mailbox& folder, std::string_view name) {
  const std::string_view special_use = free_special_use(books, folder.user, name);
  if (!folder.special_use.empty() || special_use.empty()) return; // it keeps what it is for
  Use put(books.prepare("UPDATE mailbox SET special_use=:special_use WHERE id=:id"));
  put->bind(":special_use", special_use).bind(":id", folder.id.value).run();
  books.folders_changed();
}

void rename_row(Books& books, const Mailbox& folder, std::string_view name) {
  Use put(books.prepare("UPDATE mailbox SET name=:name WHERE id=:id"));
  put->bind(":name", name).bind(":id", folder.id.value).run();
  give_special_use(books, folder, name);
}

// RFC 3501 section 6.3.5: INBOX stays, its messages go into a new folder.
Result<void> move_inbox(Books& books, const Mailbox& inbox, std::string_view name) {
  const auto target = create_mailbox(books, inbox.user, name);
  if (!target) return target.error();
  UidSet all;
  all.add(Uid{1}, Uid{0xffffffff});
  if (const auto moved = move(books, inbox.id, all, *target); !moved) return moved.error();
  return {};
}

std::vector<Mailbox> children(Books& books, const Mailbox& parent) {
  std::vector<Mailbox> found;
  const std::string first = parent.name + "/", behind = parent.name + "0"; // '0' follows '/'
  Use rows(books.prepare("SELECT id, name, special_use FROM mailbox "
                         "WHERE user=:user AND name>=:first AND name<:behind"));
  rows->bind(":user", std::string_view(parent.user))
      .bind(":first", std::string_view(first))
      .bind(":behind", std::string_view(behind));
  while (rows->step()) {
    Mailbox child;
    child.id = MailboxId{rows->integer(0)};
    child.user = parent.user;
    child.name = rows->text(1);
    child.special_use = rows->text(2);
    found.push_back(std::move(child));
  }
  return found;
}

} // namespace

std::optional<std::string> folder_name(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.back() == '/') return std::nullopt;
  if (name.find("//") != std::string_view::npos || name.find('\0') != std::string_view::npos)
    return std::nullopt;
  std::string spelt(name);
  const bool inbox = same_keyword(name.substr(0, name.find('/')), kInbox);
  if (inbox) spelt.replace(0, kInbox.size(), kInbox);
  return spelt;
}

Result<void> ensure_user(Books& books, const std::string& user) {
  for (const Standard& standard : kStandard) {
    if (const auto there = books.folder(user, standard.name)) {
      give_special_use(books, *there, standard.name); // an older program made it again without
      continue;
    }
    if (!standard.special_use.empty() && has_special_use(books, user, standard.special_use)) continue;
    insert_folder(books, user, standard.name);
    if (const auto done = subscribe(books, user, standard.name, true); !done) return done.error();
  }
  return {};
}

Result<MailboxId> create_mailbox(Books& books, const std::string& user, std::string_view name) {
  const auto spelt = folder_name(name);
  if (!spelt) return Error::not_allowed;
  if (books.folder(user, *spelt)) return Error::mailbox_exists;
  insert_parents(books, user, *spelt);
  return insert_folder(books, user, *spelt);
}

Result<MailboxId> find_or_make(Books& books, const std::string& user, std::string_view name) {
  const auto spelt = folder_name(name);
  if (!spelt) return Error::not_allowed;
  if (const auto there = books.folder(user, *spelt)) return there->id;
  insert_parents(books, user, *spelt);
  const MailboxId id = insert_folder(books, user, *spelt);
  if (const auto done = subscribe(books, user, *spelt, true); !done) return done.error();
  return id;
}

Result<void> delete_mailbox(Books& books, MailboxId id, std::string_view login) {
  const auto folder = books.folder(id);
  OpenMailbox* mailbox = books.change(id);
  if (!folder || mailbox == nullptr) return Error::no_such_mailbox;
  if (folder->name == kInbox) return Error::not_allowed;
  std::vector<Uid> all;
  mailbox->for_each(Uid{1}, Uid{0xffffffff}, [&all](const Message& message) { all.push_back(message.uid); });
  delete_messages(books, *mailbox, all, login);
  Use row(books.prepare("DELETE FROM mailbox WHERE id=:id"));
  row->bind(":id", id.value).run();
  Use keywords(books.prepare("DELETE FROM keyword WHERE mailbox=:id"));
  keywords->bind(":id", id.value).run();
  books.folders_changed();
  books.close(id);
  return {};
}

Result<void> rename_mailbox(Books& books, MailboxId id, std::string_view new_name) {
  const auto folder = books.folder(id);
  const auto spelt = folder_name(new_name);
  if (!folder) return Error::no_such_mailbox;
  if (!spelt) return Error::not_allowed;
  if (folder->name == kInbox) return move_inbox(books, *folder, *spelt);
  if (books.folder(folder->user, *spelt)) return Error::mailbox_exists;
  if (spelt->starts_with(folder->name + "/")) return Error::not_allowed;
  const std::vector<Mailbox> below = children(books, *folder);
  insert_parents(books, folder->user, *spelt);
  rename_row(books, *folder, *spelt);
  for (const Mailbox& child : below) {
    const std::string name = *spelt + child.name.substr(folder->name.size());
    if (books.folder(folder->user, name)) return Error::mailbox_exists;
    rename_row(books, child, name);
  }
  books.folders_changed();
  return {};
}

Result<void> subscribe(Books& books, const std::string& user, std::string_view name, bool subscribed) {
  const std::string spelt = folder_name(name).value_or(std::string(name));
  Use change(subscribed ? books.prepare("INSERT OR IGNORE INTO subscription(user, name) VALUES(:user, :name)")
                        : books.prepare("DELETE FROM subscription WHERE user=:user AND name=:name"));
  change->bind(":user", std::string_view(user)).bind(":name", std::string_view(spelt)).run();
  books.folders_changed();
  return {};
}

} // namespace homespool::spool::change
