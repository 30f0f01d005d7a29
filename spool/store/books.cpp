#include "spool/store/books.hpp"

#include "spool/index/schema.hpp"
#include "spool/store/load_mailbox.hpp"

#include <algorithm>

namespace homespool::spool {

using index::Use;

namespace {

Mailbox folder_row(const index::Statement& row) {
  Mailbox mailbox;
  mailbox.id = MailboxId{row.integer(0)};
  mailbox.user = row.text(1);
  mailbox.name = row.text(2);
  mailbox.special_use = row.text(3);
  mailbox.subscribed = row.integer(4) != 0;
  return mailbox;
}

} // namespace

Books::Books(std::unique_ptr<index::Database> database, std::unique_ptr<PackWriter> packs,
             std::shared_ptr<PackReader> reader, OpenOptions options)
    : database_(std::move(database)), packs_(std::move(packs)), reader_(std::move(reader)),
      options_(std::move(options)), space_(options_.settings.directory) {
  next_message_ = index::meta_number<std::int64_t>(*database_, "next_message").value_or(1);
  next_record_ = index::meta_number<std::int64_t>(*database_, "next_record").value_or(1);
  last_uidvalidity_ = index::meta_number<std::uint32_t>(*database_, "last_uidvalidity").value_or(0);
  try {
    Counted counted = load_counted(*database_, next_ids());
    totals_ = counted.totals;
    accounts_ = std::move(counted.accounts);
  } catch (const index::SqliteError& error) {
    // Only the sums are wrong then, and what lies on other pages can be served.
    if (!error.damaged()) throw;
    if (options_.on_finding) options_.on_finding(damaged_sentence(error));
  }
}

std::chrono::sys_seconds Books::now() const {
  return std::chrono::floor<std::chrono::seconds>(options_.now());
}

std::uint32_t Books::take_uidvalidity() {
  const auto seconds = static_cast<std::uint32_t>(now().time_since_epoch().count());
  last_uidvalidity_ = std::max(seconds, last_uidvalidity_ + 1);
  return last_uidvalidity_;
}

std::optional<Mailbox> Books::folder(MailboxId id) {
  Use find(prepare("SELECT id, user, name, special_use, 0 FROM mailbox WHERE id=:id"));
  find->bind(":id", id.value);
  if (!find->step()) return std::nullopt;
  return folder_row(*find);
}

std::optional<Mailbox> Books::folder(std::string_view user, std::string_view name) {
  Use find(prepare("SELECT id, user, name, special_use, 0 FROM mailbox WHERE user=:user AND name=:name"));
  find->bind(":user", user).bind(":name", name);
  if (!find->step()) return std::nullopt;
  return folder_row(*find);
}

OpenMailbox* Books::look(MailboxId id) {
  if (const auto found = mailboxes_.find(id); found != mailboxes_.end()) return found->second.get();
  auto loaded = load_mailbox(*database_, id);
  if (!loaded) return nullptr;
  return mailboxes_.emplace(id, std::move(loaded)).first->second.get();
}

void Books::adopt(std::unique_ptr<OpenMailbox> loaded) {
  const MailboxId id = loaded->id();
  if (!mailboxes_.contains(id) && is_current(*database_, *loaded)) mailboxes_.emplace(id, std::move(loaded));
}

OpenMailbox* Books::change(MailboxId id) {
  OpenMailbox* mailbox = look(id);
  if (mailbox != nullptr) touched_.try_emplace(id, mailbox->counters());
  return mailbox;
}

void Books::close(MailboxId id) {
  (void)change(id); // opened again if this is undone
  closed_.push_back(id);
  mailboxes_.erase(id);
}

LedgerCounts& Books::account(const std::string& name) {
  if (!accounts_before_) accounts_before_ = accounts_;
  if (!accounts_before_batch_) accounts_before_batch_ = *accounts_before_;
  accounts_changed_ = true;
  return accounts_[name];
}

void Books::begin_batch() {
  ++batch_;
  touched_.clear();
  touched_by_batch_.clear();
  closed_.clear();
  given_up_.clear();
  first_record_of_batch_ = next_record_;
  packs_written_ = false;
  totals_before_batch_ = totals_;
  accounts_before_batch_.reset();
}

void Books::begin_change() {
  touched_by_batch_.merge(touched_); // what was before the first of them stays
  touched_.clear();
  closed_before_ = closed_.size();
  given_up_before_ = given_up_.size();
  totals_before_ = totals_;
  accounts_before_.reset();
}

void Books::undo_sums() {
  totals_ = totals_before_;
  closed_.resize(closed_before_);
  given_up_.resize(given_up_before_);
  if (accounts_before_) accounts_ = std::move(*accounts_before_);
  accounts_before_.reset();
}

void Books::undo_change() {
  undo_sums();
  // The row of a folder may not tell its counters yet: it is written at the end of a batch.
  for (const auto& [id, before] : touched_) reload(id, before);
}

void Books::reload(MailboxId id, OpenMailbox::Counters counters) {
  if (!folder(id)) { // it was made by what is undone
    mailboxes_.erase(id);
    return;
  }
  const auto found = mailboxes_.find(id);
  if (found != mailboxes_.end()) {
    load_keywords(*database_, *found->second);
    load_messages(*database_, *found->second);
  }
  if (OpenMailbox* mailbox = look(id)) mailbox->set_counters(counters); // closed, it is opened again
}

void Books::write_counters(MailboxId id, OpenMailbox::Counters counters) {
  Use put(prepare("UPDATE mailbox SET uidnext=:uidnext, modseq=:modseq WHERE id=:id"));
  put->bind(":uidnext", counters.uidnext.value)
      .bind(":modseq", static_cast<std::int64_t>(counters.modseq.value))
      .bind(":id", id.value)
      .run();
}

void Books::undo_batch() {
  counted_.clear();
  touched_by_batch_.merge(touched_);
  touched_ = std::exchange(touched_by_batch_, {});
  totals_before_ = totals_before_batch_;
  accounts_before_ = std::move(accounts_before_batch_);
  accounts_before_batch_.reset();
  closed_before_ = given_up_before_ = 0;
  undo_sums();
  for (const auto& [id, before] : touched_) {
    try {
      reload(id, before); // its row tells the same
    } catch (const index::SqliteError&) {
      mailboxes_.erase(id); // a page went bad: what was published stays, whoever wants it next is told
    }
  }
  folders_changed_ = true;
}

void Books::write_batch_rows() {
  touched_by_batch_.merge(touched_);
  for (const auto& [id, before] : touched_by_batch_) {
    const auto found = mailboxes_.find(id);
    if (found != mailboxes_.end()) write_counters(id, found->second->counters());
  }
  const auto put = [this](std::string_view key, std::uint64_t number) {
    const std::string text = std::to_string(number);
    if (index::meta(*database_, key) != text) index::set_meta(*database_, key, text);
  };
  put("next_message", static_cast<std::uint64_t>(next_message_));
  put("next_record", static_cast<std::uint64_t>(next_record_));
  put("last_uidvalidity", last_uidvalidity_);
  std::string counted = pack_counted({totals_, accounts_}, next_ids());
  if (counted == counted_) return;
  keep_counted(*database_, counted);
  counted_ = std::move(counted);
}

void Books::give_counters_back() {
  touched_by_batch_.merge(touched_);
  for (const auto& [id, before] : touched_by_batch_)
    if (const auto found = mailboxes_.find(id); found != mailboxes_.end())
      found->second->set_counters(before);
}

std::vector<MailboxId> Books::publish(Published& published) {
  std::vector<MailboxId> changed;
  for (const auto& [id, mailbox] : mailboxes_) {
    if (!mailbox->changed()) continue;
    published.put(mailbox->publish(), mailbox->counts(), mailbox->first_uidnext());
    changed.push_back(id);
  }
  for (const MailboxId id : closed_) {
    OpenMailbox gone(id, 0, Uid{1}, ModSeq{1});
    published.put(gone.publish(true), {}, Uid{1});
    changed.push_back(id);
  }
  closed_.clear();
  if (accounts_changed_) published.put(accounts_);
  published.put(totals_);
  accounts_changed_ = false;
  return changed;
}

void Books::publish_folders(Published& published) {
  if (!folders_changed_) return;
  published.put(load_folders());
  folders_changed_ = false;
}

std::shared_ptr<const Folders> Books::load_folders() {
  auto folders = std::make_shared<Folders>();
  Use names(prepare("SELECT user, name FROM subscription ORDER BY user, name"));
  while (names->step()) folders->subscriptions[names->text(0)].push_back(names->text(1));
  Use rows(prepare("SELECT m.id, m.user, m.name, m.special_use, s.name IS NOT NULL FROM mailbox m "
                   "LEFT JOIN subscription s ON s.user=m.user AND s.name=m.name "
                   "ORDER BY m.user, m.name<>'INBOX', m.name"));
  while (rows->step()) {
    Mailbox mailbox = folder_row(*rows);
    folders->of_user[mailbox.user].push_back(std::move(mailbox));
  }
  return folders;
}

} // namespace homespool::spool
