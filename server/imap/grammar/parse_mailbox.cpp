// SELECT, EXAMINE, CREATE, RENAME, STATUS, APPEND's beginning, and the commands of RFC 4314.
#include "server/imap/grammar/families.hpp"

#include "mail/date.hpp"
#include "server/imap/wire/mailbox_name.hpp"

#include <algorithm>

namespace homespool::server::imap::grammar {
namespace {

bool select(Scanner& in, bool examine, Command& out) {
  command::Select select;
  select.examine = examine;
  if (!in.space() || !in.mailbox(select.mailbox)) return false;
  in.skip_spaces();
  if (!in.at_end()) {
    const bool fine = in.list(false, [&] {
      std::string word;
      if (!in.upper_atom(word)) return false;
      if (word != "CONDSTORE") return in.fail("there is no such parameter");
      return select.condstore = true;
    });
    if (!fine) return false;
  }
  out = std::move(select);
  return true;
}

void drop_separator(std::string& name) {
  if (name.size() > 1 && name.back() == kSeparator) name.pop_back();
}

// USE (\Sent), RFC 6154 section 3.
bool use(Scanner& in, std::string& special_use) {
  std::string word;
  if (!in.upper_atom(word)) return false;
  if (word != "USE") return in.fail("there is no such parameter");
  return in.space() && in.list(true, [&] {
    std::string_view name;
    if (!in.expect('\\', "a special use begins with a backslash") || !in.atom(name)) return false;
    if (special_use.empty()) special_use = "\\" + std::string(name);
    return true;
  });
}

bool status_item(Scanner& in, command::StatusItem& out) {
  using Item = command::StatusItem;
  static constexpr std::pair<std::string_view, Item> kItems[] = {
      {"MESSAGES", Item::messages},      {"RECENT", Item::recent},
      {"UIDNEXT", Item::uidnext},        {"UIDVALIDITY", Item::uidvalidity},
      {"UNSEEN", Item::unseen},          {"SIZE", Item::size},
      {"DELETED", Item::deleted},        {"HIGHESTMODSEQ", Item::highestmodseq},
      {"APPENDLIMIT", Item::appendlimit}};
  std::string word;
  if (!in.upper_atom(word)) return false;
  for (const auto& [name, item] : kItems) {
    if (name != word) continue;
    out = item;
    return true;
  }
  return in.fail("there is no such STATUS item");
}

// [SP flags] [SP date-time], up to the blank before the message.
bool append_options(Scanner& in, command::Append& append) {
  if (!in.space()) return false;
  if (in.peek() == '(' && !(in.flag_list(append.flags, append.recent) && in.space())) return false;
  if (in.peek() != '"') return true;
  std::string text;
  if (!in.string(text)) return false;
  const auto date = mail::parse_imap_date_time(text);
  if (!date) return in.fail("the date is not one");
  append.date = date->time;
  return in.space();
}

bool mailbox_and(Scanner& in, std::string& mailbox, std::string& identifier) {
  return in.space() && in.mailbox(mailbox) && in.space() && in.astring(identifier);
}

} // namespace

bool parse_select(Scanner& in, Command& out) {
  return select(in, false, out);
}
bool parse_examine(Scanner& in, Command& out) {
  return select(in, true, out);
}

bool parse_create(Scanner& in, Command& out) {
  command::Create create;
  if (!in.space() || !in.mailbox(create.mailbox)) return false;
  drop_separator(create.mailbox);
  in.skip_spaces();
  if (!in.at_end() && !in.list(false, [&] { return use(in, create.special_use); })) return false;
  out = std::move(create);
  return true;
}

bool parse_rename(Scanner& in, Command& out) {
  command::Rename rename;
  if (!in.space() || !in.mailbox(rename.from) || !in.space() || !in.mailbox(rename.to)) return false;
  drop_separator(rename.to);
  out = std::move(rename);
  return true;
}

bool parse_status_items(Scanner& in, std::vector<command::StatusItem>& out) {
  return in.list(false, [&] {
    command::StatusItem item{};
    if (!status_item(in, item)) return false;
    if (std::find(out.begin(), out.end(), item) == out.end()) out.push_back(item);
    return true;
  });
}

bool parse_status(Scanner& in, Command& out) {
  command::Status status;
  if (!in.space() || !in.mailbox(status.mailbox) || !in.space() || !parse_status_items(in, status.items))
    return false;
  out = std::move(status);
  return true;
}

bool append_arguments(Scanner& in, command::Append& append) {
  bool literal8 = false;
  if (!in.space() || !in.mailbox(append.mailbox) || !append_options(in, append)) return false;
  if (in.peek() == 'U' || in.peek() == 'u') {
    std::string word;
    if (!in.upper_atom(word)) return false;
    if (word != "UTF8") return in.fail("the message must follow as a literal");
    if (!in.space() || !in.expect('(', "a bracket is missing after UTF8")) return false;
    append.utf8 = true;
  }
  if (!in.final_literal(append.size, literal8)) return false;
  return literal8 == append.utf8 || in.fail("a literal with a tilde belongs to UTF8 ( … )");
}

bool parse_append(Scanner& in, Command& out) {
  command::Append append;
  if (!append_arguments(in, append)) return false;
  out = std::move(append);
  return true;
}

bool parse_replace(Scanner& in, bool uid, Command& out) {
  command::Replace replace;
  replace.uid = uid;
  if (!in.space() || !in.sequence_set(replace.set) || !append_arguments(in, replace.append)) return false;
  out = std::move(replace);
  return true;
}

bool parse_list_rights(Scanner& in, Command& out) {
  command::ListRights rights;
  if (!mailbox_and(in, rights.mailbox, rights.identifier)) return false;
  out = std::move(rights);
  return true;
}

bool parse_set_acl(Scanner& in, Command& out) {
  command::SetAcl acl;
  if (!mailbox_and(in, acl.mailbox, acl.identifier) || !in.space() || !in.astring(acl.rights)) return false;
  out = std::move(acl);
  return true;
}

bool parse_delete_acl(Scanner& in, Command& out) {
  command::DeleteAcl acl;
  if (!mailbox_and(in, acl.mailbox, acl.identifier)) return false;
  out = std::move(acl);
  return true;
}

} // namespace homespool::server::imap::grammar
