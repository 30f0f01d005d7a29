// The table of the deleter rule. Threads: pure functions.
#include "server/deleter_rule.hpp"

#include "net/peer_text.hpp"

#include <array>

namespace homespool::server {

namespace {

struct Row {
  Act act;
  std::array<Ruling, 3> reader; // ordinary, drafts, trash
};

constexpr auto kYes = Ruling::allowed;
constexpr auto kOwn = Ruling::own_only;
constexpr auto kNothing = Ruling::ignored;
constexpr auto kNo = Ruling::refused;

// What a reader gets. A deleter is allowed everything but set_rights.
constexpr std::array<Row, 11> kTable{{
    {Act::pop3_delete, {kNo, kNo, kNo}}, // or hidden, as the client is set
    {Act::mark_deleted, {kNothing, kOwn, kNothing}},
    {Act::unmark_deleted, {kNothing, kOwn, kNothing}},
    {Act::expunge, {kNothing, kOwn, kNothing}},
    {Act::close, {kNothing, kOwn, kNothing}},
    {Act::move_out, {kNo, kNo, kNo}},
    {Act::file_into, {kYes, kYes, kNo}},
    {Act::create_folder, {kNo, kNo, kNo}},
    {Act::delete_folder, {kNo, kNo, kNo}},
    {Act::rename_folder, {kNo, kNo, kNo}},
    {Act::set_rights, {kNo, kNo, kNo}},
}};

Actor actor(const config::Settings& settings, std::string_view login, std::string_view user, bool pop3) {
  Actor out;
  out.login = login;
  out.user = user;
  if (const auto* owner = settings.find_user(user)) {
    if (const auto* deleter = owner->deleter()) out.deleter = deleter->login;
  }
  const auto found = settings.find_login(login);
  if (found.client == nullptr || found.user->name != user) return out;
  out.role = found.client->may_delete ? Role::deleter : Role::reader;
  out.on_delete = pop3 ? found.client->pop3.on_delete : found.client->imap.on_delete;
  return out;
}

std::string_view what(Act act) {
  switch (act) {
  case Act::move_out:
    return "move messages out of a folder";
  case Act::file_into:
    return "put messages into the trash";
  case Act::create_folder:
    return "make folders";
  case Act::delete_folder:
    return "remove folders";
  case Act::rename_folder:
    return "rename folders";
  default:
    return "delete messages";
  }
}

// A login as it can stand in a protocol line: whole, in UTF-8 (RFC 9051 has it in resp-text).
std::string shown(std::string_view login) {
  return net::peer_text(login, 4 * login.size());
}

} // namespace

Actor actor_imap(const config::Settings& settings, std::string_view login, std::string_view user) {
  return actor(settings, login, user, false);
}

Actor actor_pop3(const config::Settings& settings, std::string_view login, std::string_view user) {
  return actor(settings, login, user, true);
}

FolderKind folder_kind(const Actor& actor, std::string_view special_use) {
  if (special_use == "\\Trash") return FolderKind::trash;
  if (special_use == "\\Drafts" && !actor.deleter.empty()) return FolderKind::drafts;
  return FolderKind::ordinary;
}

Ruling decide(const Actor& actor, Act act, FolderKind folder) {
  if (actor.role == Role::deleter) return act == Act::set_rights ? Ruling::refused : Ruling::allowed;
  if (act == Act::pop3_delete && actor.on_delete == config::OnDelete::hide) return Ruling::hidden;
  for (const auto& row : kTable) {
    if (row.act == act) return row.reader[static_cast<std::size_t>(folder)];
  }
  return Ruling::refused;
}

std::string refusal(const Actor& actor, Act act) {
  if (act == Act::set_rights)
    return "Rights come from the settings of this server and cannot be changed here";
  const auto thing = std::string(what(act));
  if (actor.deleter.empty())
    return "Nobody may " + thing + " here: no client of " + shown(actor.user) + " is set to delete";
  return "Only " + shown(actor.deleter) + " may " + thing + " here; " + shown(actor.login) +
         " can read, flag and file them";
}

std::string_view rights(Role role, FolderKind folder) {
  if (role == Role::deleter) return "lrswipkxteacd";
  switch (folder) {
  case FolderKind::drafts:
    return "lrswite";
  case FolderKind::trash:
    return "lrs";
  default:
    return "lrswi";
  }
}

SettableFlags settable_flags(Role role, FolderKind folder) {
  using spool::Flags;
  constexpr auto kWrite = Flags::kSeen | Flags::kAnswered | Flags::kFlagged | Flags::kDraft;
  if (role == Role::deleter) return {kWrite | Flags::kDeleted, true};
  if (folder == FolderKind::trash) return {Flags::kSeen, false};
  return {kWrite, true};
}

} // namespace homespool::server
