// Tag, command word, and the table of commands. See parser.hpp.
#include "server/imap/grammar/parser.hpp"

#include "server/imap/grammar/families.hpp"

namespace homespool::server::imap {
namespace {

template <class Bare>
bool bare(Scanner&, Command& out) {
  out = Bare{};
  return true;
}

// Commands whose one argument is a mailbox.
template <class Named>
bool named(Scanner& in, Command& out) {
  Named command;
  if (!in.space() || !in.mailbox(command.mailbox)) return false;
  out = std::move(command);
  return true;
}

struct Entry {
  std::string_view name;
  bool (*parse)(Scanner&, Command&);
};
constexpr Entry kCommands[] = {
    {"NOOP", bare<command::Noop>},
    {"IDLE", bare<command::Idle>},
    {"CAPABILITY", bare<command::Capability>},
    {"LOGOUT", bare<command::Logout>},
    {"ID", grammar::parse_id},
    {"STARTTLS", bare<command::StartTls>},
    {"LOGIN", grammar::parse_login},
    {"AUTHENTICATE", grammar::parse_authenticate},
    {"ENABLE", grammar::parse_enable},
    {"NAMESPACE", bare<command::Namespace>},
    {"SELECT", grammar::parse_select},
    {"EXAMINE", grammar::parse_examine},
    {"CREATE", grammar::parse_create},
    {"DELETE", named<command::Delete>},
    {"RENAME", grammar::parse_rename},
    {"SUBSCRIBE", named<command::Subscribe>},
    {"UNSUBSCRIBE", named<command::Unsubscribe>},
    {"STATUS", grammar::parse_status},
    {"LIST", grammar::parse_list},
    {"LSUB", grammar::parse_lsub},
    {"XLIST", grammar::parse_xlist},
    {"APPEND", grammar::parse_append},
    {"GETACL", named<command::GetAcl>},
    {"MYRIGHTS", named<command::MyRights>},
    {"LISTRIGHTS", grammar::parse_list_rights},
    {"SETACL", grammar::parse_set_acl},
    {"DELETEACL", grammar::parse_delete_acl},
    {"CHECK", bare<command::Check>},
    {"CLOSE", bare<command::Close>},
    {"UNSELECT", bare<command::Unselect>},
};

struct MessageEntry {
  std::string_view name;
  bool (*parse)(Scanner&, bool uid, Command&);
};
constexpr MessageEntry kMessageCommands[] = {
    {"FETCH", grammar::parse_fetch},     {"STORE", grammar::parse_store},
    {"SEARCH", grammar::parse_search},   {"COPY", grammar::parse_copy},
    {"EXPUNGE", grammar::parse_expunge}, {"MOVE", grammar::parse_move},
    {"REPLACE", grammar::parse_replace},
};

std::string_view without_line_end(std::string_view command) {
  if (!command.empty() && command.back() == '\n') command.remove_suffix(1);
  if (!command.empty() && command.back() == '\r') command.remove_suffix(1);
  return command;
}

bool parse_arguments(Scanner& in, std::string& name, Command& out) {
  std::string word;
  if (!in.space() || !in.upper_atom(word)) return false;
  const bool uid = word == "UID";
  if (uid && (!in.space() || !in.upper_atom(word))) return false;
  for (const auto& entry : kMessageCommands) {
    if (entry.name != word) continue;
    name = uid ? "UID " + word : word;
    return entry.parse(in, uid, out) && in.end();
  }
  for (const auto& entry : kCommands) {
    if (uid || entry.name != word) continue;
    name = word;
    return entry.parse(in, out) && in.end();
  }
  return in.fail("there is no such command");
}

} // namespace

Parsed parse_command(std::string_view text, const ParserOptions& options) {
  Scanner in(without_line_end(text), options);
  Parsed parsed{"*", {}, Command{}};
  std::string_view tag;
  if (in.tag(tag) && (in.at_end() || in.peek() == ' ')) parsed.tag = tag;
  Command command;
  if (parsed.tag != "*" && parse_arguments(in, parsed.name, command)) {
    parsed.command = std::move(command);
    return parsed;
  }
  in.fail("a tag and a command are missing");
  parsed.command = in.error();
  return parsed;
}

std::string tag_of(std::string_view text) {
  const ParserOptions options;
  Scanner in(without_line_end(text), options);
  std::string_view tag;
  if (in.tag(tag) && (in.at_end() || in.peek() == ' ')) return std::string(tag);
  return "*";
}

} // namespace homespool::server::imap
